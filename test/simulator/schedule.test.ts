import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Alarm, type Schedule, createSchedule } from '../../src/simulator/schedule.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function alarmAt(schedule: Schedule, dueMs: number, run: () => void): Alarm {
  const alarm = schedule.createAlarm(run)
  alarm.set(dueMs)
  return alarm
}

describe('a schedule', () => {
  it('runs everything at its time, in order, but what was cancelled', () => {
    const entry = fc.record({ due: fc.integer({ min: 1, max: 60 }), cancelAt: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }) })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const start = performance.now()
        const schedule = createSchedule()
        const ran: { due: number; at: number }[] = []
        const alarms = entries.map(({ due }) => alarmAt(schedule, start + due, () => ran.push({ due, at: performance.now() - start })))
        for (let now = 0; now <= 60; now++) {
          entries.forEach(({ cancelAt }, index) => cancelAt === now && alarms[index]!.clear())
          vi.advanceTimersByTime(1)
        }
        const expected = entries.filter(({ due, cancelAt }) => cancelAt === undefined || cancelAt >= due).map(({ due }) => due)
        expect(ran.map(({ due }) => due)).toEqual(expected.toSorted((a, b) => a - b))
        expect(ran.every(({ due, at }) => at === due)).toBe(true)
        expect(vi.getTimerCount()).toBe(0)
      }),
      { seed: 3 },
    )
  })

  it('has one timer for any number of entries, and none when all are gone', () => {
    const schedule = createSchedule()
    const alarms = Array.from({ length: 1000 }, (_, index) => alarmAt(schedule, performance.now() + 1000 - index, () => undefined))
    expect(vi.getTimerCount()).toBe(1)
    for (const alarm of alarms) alarm.clear()
    expect(vi.getTimerCount()).toBe(0)
    for (const alarm of alarms) alarm.clear()
  })

  it('lets an alarm be set again when it runs, also for the same time', () => {
    const schedule = createSchedule()
    const start = performance.now()
    const ran: number[] = []
    const alarm = alarmAt(schedule, start + 10, () => {
      ran.push(performance.now() - start)
      if (ran.length < 6) alarm.set(start + 10 * Math.ceil(ran.length / 2))
    })
    vi.advanceTimersByTime(100)
    expect(ran).toEqual([10, 10, 10, 20, 20, 30])
  })

  it('moves an alarm that is set again before it ran', () => {
    const schedule = createSchedule()
    const start = performance.now()
    const ran: number[] = []
    const alarms = [30, 10, 20].map((due) => alarmAt(schedule, start + due, () => ran.push(performance.now() - start)))
    alarms[1]!.set(start + 40)
    alarms[0]!.set(start + 5)
    vi.advanceTimersByTime(100)
    expect(ran).toEqual([5, 20, 40])
    alarms[1]!.set(start + 150)
    vi.advanceTimersByTime(100)
    expect(ran).toEqual([5, 20, 40, 150])
  })

  it('waits for longer than a timer can', () => {
    const schedule = createSchedule()
    const ran = vi.fn()
    const days = 100 * 24 * 60 * 60 * 1000
    alarmAt(schedule, performance.now() + days, ran)
    vi.advanceTimersByTime(days - 1)
    expect(ran).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(ran).toHaveBeenCalledOnce()
  })
})
