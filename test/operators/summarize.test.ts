import { from, lastValueFrom, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Timings } from '../../src/operators/measure.ts'
import { summarize } from '../../src/operators/summarize.ts'

const times = (count: number, of: (index: number) => Partial<Timings>): Timings[] => Array.from({ length: count }, (_, index) => ({ textChunks: 1, characters: 1, ...of(index) }))
const rowsOf = async (timings: readonly Timings[]) => (await lastValueFrom(from(timings).pipe(summarize()))).rows

describe('summarize', () => {
  it('has a row for each time that an answer had, with its own n', async () => {
    const rows = await rowsOf(times(101, (index) => ({ waitMs: index, ...(index < 20 && { retrieveMs: 2.346 }) })))

    expect(rows).toEqual([
      { metric: 'waitMs', n: 101, mean: 50, p50: 50, p90: 90, p99: '–', max: 100 },
      { metric: 'retrieveMs', n: 20, mean: 2.35, p50: 2.35, p90: '–', p99: '–', max: 2.35 },
    ])
  })

  it('says nothing of a percentile that too few answers support', async () => {
    const [row] = await rowsOf(times(10, (index) => ({ ttftMs: index })))
    expect(row).toMatchObject({ n: 10, p50: '–', p90: '–', p99: '–', max: 9 })
  })

  it('is empty of nothing, and fails with its source', async () => {
    expect(await rowsOf([])).toEqual([])
    await expect(lastValueFrom(throwError(() => new Error('no')).pipe(summarize()))).rejects.toThrow('no')
  })

  it('does not mix two subscriptions', async () => {
    const summary$ = from(times(12, () => ({ waitMs: 1 }))).pipe(summarize())
    expect((await lastValueFrom(summary$)).rows[0]?.n).toBe(12)
    expect((await lastValueFrom(summary$)).rows[0]?.n).toBe(12)
  })
})
