import { NEVER, of } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRuns } from '../../src/server/runs.ts'
import { finish, text } from '../support/chunks.ts'

const limits = { maxRuns: 1, maxQueued: 1, graceMs: 0, keepMs: 60_000, maxKept: 4, maxLogBytes: 1_048_576, maxTotalLogBytes: 4_194_304 }

describe('runs that have ended', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('are kept up to a number and a time, and nothing holds those that are forgotten', () => {
    const runs = createRuns({ ...limits, answer: () => of(text('a'), finish()) })
    const ids = Array.from({ length: 300 }, () => runs.start({ question: 'a?' })!.id)
    expect(runs.kept).toBe(4)
    expect(ids.filter((id) => runs.find(id) !== undefined)).toEqual(ids.slice(-4))
    // One for each that is kept: a timer of another would hold its log.
    expect(vi.getTimerCount()).toBe(4)
    vi.advanceTimersByTime(60_000)
    expect([runs.kept, vi.getTimerCount()]).toEqual([0, 0])
  })
})

describe('runs that wait', () => {
  it('get a place when one is free, not when another that waits is stopped', () => {
    const begun: string[] = []
    const runs = createRuns({ ...limits, maxQueued: 2, answer: ({ question }) => (begun.push(question), NEVER) })
    runs.start({ question: 'a' })
    const waits = runs.start({ question: 'b' })!
    runs.start({ question: 'c' })
    waits.stop()
    expect([begun, runs.running, runs.queued]).toEqual([['a'], 1, 1])
  })
})

describe('all logs together', () => {
  it('keep within their bound, the largest loses first', () => {
    const answer = ({ question }: { readonly question: string }) => of(...Array.from({ length: question === 'long' ? 20 : 1 }, () => text('x'.repeat(10_000))), finish())
    const runs = createRuns({ ...limits, maxTotalLogBytes: 200_000, answer })
    const long = runs.start({ question: 'long' })!
    const short = runs.start({ question: 'short' })!
    expect(long.log.first).toBeGreaterThan(1)
    expect(short.log.first).toBe(1)
    expect(long.log.bytes + short.log.bytes).toBeLessThanOrEqual(200_000)
  })
})
