import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { leaveTurn, shareTurn } from '../../src/server/shareTurn.ts'

function busyFor(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('shareTurn', () => {
  it('does work once, in order, and not what was given up', async () => {
    const done: string[] = []
    const [a, b, c] = ['a', 'b', 'c'].map((name) => () => void done.push(name)) as [() => void, () => void, () => void]
    for (const work of [a, b, a, c]) shareTurn(work)
    leaveTurn(b)
    expect(done).toEqual([])
    await turn()
    await turn()
    expect(done).toEqual(['a', 'c'])
  })

  it('leaves room for others between pieces of long work', async () => {
    const done: string[] = []
    for (const name of ['a', 'b', 'c']) {
      shareTurn(() => {
        busyFor(2)
        done.push(name)
      })
    }
    const seen: number[] = []
    while (done.length < 3) {
      await turn()
      seen.push(done.length)
    }
    expect(seen.filter((count, index) => count !== seen[index - 1] && count > 0)).toEqual([1, 2, 3])
  })
})
