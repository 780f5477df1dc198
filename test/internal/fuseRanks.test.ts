import { describe, expect, it } from 'vitest'
import { fuseRanks } from '../../src/internal/fuseRanks.ts'

const fuse = (...lists: string[][]) => fuseRanks(lists, (item) => item)

describe('fuseRanks', () => {
  it('sums 1 / (60 + rank) over the lists, best first', () => {
    expect(fuse(['a', 'b'], ['b', 'c'])).toEqual([
      { item: 'b', score: 1 / 62 + 1 / 61 },
      { item: 'a', score: 1 / 61 },
      { item: 'c', score: 1 / 62 },
    ])
  })

  it('keeps the order of a single list', () => {
    expect(fuse(['c', 'a', 'b']).map(({ item }) => item)).toEqual(['c', 'a', 'b'])
  })

  it('orders ties by key, whatever list they come from', () => {
    expect(fuse(['b'], ['a'], ['c']).map(({ item }) => item)).toEqual(['a', 'b', 'c'])
    expect(fuse(['c'], ['b'], ['a']).map(({ item }) => item)).toEqual(['a', 'b', 'c'])
  })

  it('counts each list by its weight; ties by key stay', () => {
    const weighed = fuseRanks([['a', 'b'], ['b', 'a'], ['c']], (item) => item, [2, 1, 0])
    expect(weighed).toEqual([
      { item: 'a', score: 2 / 61 + 1 / 62 },
      { item: 'b', score: 2 / 62 + 1 / 61 },
    ])
    expect(fuseRanks([['b'], ['a']], (item) => item, [3, 3]).map(({ item }) => item)).toEqual(['a', 'b'])
  })

  it('gives nothing for nothing', () => {
    expect(fuse()).toEqual([])
    expect(fuse([], [])).toEqual([])
  })
})
