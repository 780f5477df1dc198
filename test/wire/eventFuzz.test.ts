import { describe, expect, it } from 'vitest'
import { compareReaders, createBodies, createRandom, cutsOf, type Difference, readOurs, readTheirs } from './eventFuzz.ts'

// node scripts/fuzzEvents.ts 10000000     the long run; its result is in docs/decoder.md

describe('the decoder and eventsource-parser', () => {
  it('read 20,000 hostile bodies alike, however they are cut', () => {
    const differences: Difference[] = []
    let events = 0
    compareReaders(20_000, 20_260_101, (difference) => differences.push(difference), (_, count) => (events += count))
    expect(differences).toEqual([])
    expect(events).toBeGreaterThan(8000)
  })

  it('are given ids, types, times to wait, bad bytes and marks of byte order in every place', () => {
    const nextBody = createBodies(createRandom(1))
    const seen = new Set<string>()
    const signs: Record<string, RegExp> = {
      'a type of its own': /^\["(?!message")/m,
      'an id': /,"[^"]+"\]$/m,
      'a time to wait': /,\d+\]$/m,
      'a bad byte': /\ufffd/,
      'a mark in the data': /\ufeff/,
      'a NUL in the data': /\\u0000/,
      'several lines': /[^\\]\\n/,
    }
    for (let input = 0; input < 5000; input++) {
      const reading = readOurs(nextBody(), []).join('\n')
      for (const [name, sign] of Object.entries(signs)) if (sign.test(reading)) seen.add(name)
    }
    expect([...seen].toSorted()).toEqual(Object.keys(signs).toSorted())
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

  it('differ only as is explained: characters that look like a mark of byte order are text to us', () => {
    const body = Buffer.from('ï»¿data: a\n\ndata: b\n\n')
    expect(readOurs(body, [])).toEqual(['["message","b",""]', '["",null]'])
    expect(readTheirs(body, [], false)).toEqual(readOurs(body, []))
  })
})
