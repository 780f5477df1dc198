import { describe, expect, it } from 'vitest'
import { type Difference, compareReaders, cutsOf, createBodies, createRandom, readOurs, readTheirs } from './eventFuzz.ts'

describe('the event decoder beside eventsource-parser', () => {
  it('reads 20,000 hostile bodies, cut anywhere, the same', () => {
    const differences: Difference[] = []
    let events = 0
    compareReaders(20_000, 20_251, (difference) => differences.push(difference), (_, count) => (events += count))

    expect(differences.slice(0, 3)).toEqual([])
    expect(events).toBeGreaterThan(5000)
  })

  it('would be seen to differ: a body of which one byte is another', () => {
    const random = createRandom(7)
    const nextBody = createBodies(random)
    let found = 0
    for (let input = 0; input < 500; input++) {
      const body = Buffer.from(nextBody())
      const changed = Buffer.from(body)
      const at = changed.indexOf('data')
      if (at < 0) continue
      changed[at] = 0x44
      const cuts = cutsOf(body.length, random)
      if (readOurs(changed, cuts).join() !== readTheirs(body, cuts, false).join()) found++
    }
    expect(found).toBeGreaterThan(20)
  })
})
