import type { MarkChunk, MarkName } from '../types/chunk.ts'

/** Nanoseconds on the process's monotonic clock. */
export function nowNs(): number {
  return Math.round(performance.now() * 1e6)
}

/** A mark taken now. */
export function mark(name: MarkName, attempt = 0): MarkChunk {
  return { type: 'mark', name, attempt, at: nowNs() }
}
