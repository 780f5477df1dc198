import { SkippedError } from '../errors.ts'

/** What a long loop calls now and then. */
export interface Pace {
  /** Throws `SkippedError` `too-slow` when the time is over. */
  check(): void
  /** The same, and lets timers, signals and sockets have their turn when the loop has run for a while. */
  breathe(): Promise<void>
  /** The promise, or `too-slow` when it takes longer than there is time. The work behind it is not ended by that. */
  limit<T>(promise: Promise<T>): Promise<T>
}

const TURN_MS = 20

/** A time limit for the work on one file. */
export function createPace(timeoutMs: number, name: string): Pace {
  const deadline = performance.now() + timeoutMs
  let turnEnds = performance.now() + TURN_MS

  const tooSlow = () => new SkippedError('too-slow', `Reading ${name} took longer than ${timeoutMs} ms`)
  const check = () => {
    if (performance.now() > deadline) throw tooSlow()
  }
  return {
    check,
    async breathe() {
      check()
      if (performance.now() < turnEnds) return
      await new Promise((resolve) => setImmediate(resolve))
      turnEnds = performance.now() + TURN_MS
    },
    async limit(promise) {
      let timer: NodeJS.Timeout | undefined
      const over = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(tooSlow()), Math.max(0, deadline - performance.now()))
      })
      try {
        return await Promise.race([promise, over])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
