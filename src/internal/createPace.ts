import { SkippedError } from '../errors.ts'

/** What a long loop calls now and then. */
export interface Pace {
  /** Throws `SkippedError` `too-slow` when the time is over. */
  check(): void
  /** The same, and lets timers, signals and sockets have their turn when the loop has run for a while. */
  breathe(): Promise<void>
}

const TURN_MS = 20

/** A time limit for the work on one file. */
export function createPace(timeoutMs: number, name: string): Pace {
  const deadline = performance.now() + timeoutMs
  let turnEnds = performance.now() + TURN_MS

  const check = () => {
    if (performance.now() > deadline) throw new SkippedError('too-slow', `Reading ${name} took longer than ${timeoutMs} ms`)
  }
  return {
    check,
    async breathe() {
      check()
      if (performance.now() < turnEnds) return
      await new Promise((resolve) => setImmediate(resolve))
      turnEnds = performance.now() + TURN_MS
    },
  }
}
