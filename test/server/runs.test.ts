import { of } from 'rxjs'
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
