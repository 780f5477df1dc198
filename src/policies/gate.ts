import { nowNs } from '../internal/mark.ts'
import type { Gate } from '../types/gate.ts'

/**
 * A gate between those who read a socket and those whose queue is full. It is open while nobody holds it.
 *
 * Every queue holds it above its high-water mark and releases it below its low one and in its teardown.
 */
export function createGate(): Gate {
  const holds = new Set<symbol>()
  const waiting = new Set<() => void>()
  let heldSince = 0
  let heldBefore = 0

  const release = (hold: symbol) => {
    if (!holds.delete(hold) || holds.size > 0) return
    heldBefore += nowNs() - heldSince
    for (const wake of waiting) wake()
  }

  return {
    get held() {
      return holds.size > 0
    },
    get heldNs() {
      return heldBefore + (holds.size > 0 ? nowNs() - heldSince : 0)
    },
    hold() {
      if (holds.size === 0) heldSince = nowNs()
      const hold = Symbol('hold')
      holds.add(hold)
      return () => release(hold)
    },
    opened(signal) {
      if (holds.size === 0 || signal?.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        waiting.add(wake)
        signal?.addEventListener('abort', wake)
      })
    },
  }
}
