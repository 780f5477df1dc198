import { timer } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { runningClock } from '../../src/internal/runningClock.ts'
import { createGate } from '../../src/policies/gate.ts'
import { marbles } from '../support/marbles.ts'

const hour = 3_600_000

describe('runningClock', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('does not move when the time of day is set', () => {
    const dayTime = Date.now
    const now = runningClock()
    const before = now()
    for (const jump of [hour, -hour]) {
      vi.spyOn(Date, 'now').mockImplementation(() => dayTime() + jump)
      expect(now()).toBeGreaterThanOrEqual(before)
      expect(now() - before).toBeLessThan(hour / 2)
    }
  })

  it('stands still while the gate is held', () => {
    let heldNs = 0
    const now = runningClock({ ...createGate(), get heldNs() { return heldNs } })
    const before = now()
    heldNs = hour * 1e6
    expect(now() - before).toBeLessThan(-hour / 2)
  })

  it('is virtual time in marble tests', () => {
    const seen: number[] = []
    marbles(() => {
      const now = runningClock()
      for (const delay of [5, 15]) timer(delay).subscribe(() => seen.push(now()))
      seen.push(now())
    })
    expect(seen).toEqual([0, 5, 15])
  })
})
