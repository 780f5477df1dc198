import type { Step } from './reply.ts'

/** Steps, and when they are due. */
export interface Timetable {
  /** Undefined at the end. */
  readonly next: Step | undefined
  /** When that is due, or the last was, at a time of `performance.now()`. */
  readonly dueMs: number
  /** Goes on to the step after. */
  advance(): void
}

/** Due times follow from each other, not from when a step was taken: lateness does not add up. */
export function createTimetable(steps: Iterable<Step>, startMs: number): Timetable {
  const iterator = steps[Symbol.iterator]()
  const timetable = {
    next: undefined as Step | undefined,
    dueMs: startMs,
    advance() {
      const { done, value } = iterator.next()
      timetable.next = done === true ? undefined : value
      if (timetable.next) timetable.dueMs += timetable.next.waitMs
    },
  }
  timetable.advance()
  return timetable
}

/** Takes what is due by now, of about so many bytes. What is no event of text is taken alone, as is everything when `single`. */
export function takeDue(timetable: Timetable, nowMs: number, blockBytes: number, single: boolean): readonly Step[] {
  const taken: Step[] = []
  let size = 0
  while (timetable.next !== undefined && timetable.dueMs <= nowMs && size < blockBytes) {
    const step = timetable.next
    const alone = single || !step.isEvent || typeof step.data !== 'string'
    if (alone && taken.length > 0) break
    taken.push(step)
    timetable.advance()
    if (alone) break
    size += step.data.length
  }
  return taken
}
