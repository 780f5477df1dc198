/**
 * Who cannot take more holds it; who reads a socket waits until nobody holds it.
 * One per query. See `createGate`.
 */
export interface Gate {
  /** True while somebody holds it. */
  readonly held: boolean
  /** Nanoseconds that it was held so far: time that counts for no time limit. */
  readonly heldNs: number
  /** Returns the release; calling that twice is harmless. */
  hold(): () => void
  /** Resolves when nobody holds it or the signal aborts, at once when that is so already. Never rejects. */
  opened(signal?: AbortSignal): Promise<void>
}
