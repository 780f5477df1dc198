import { asyncScheduler } from 'rxjs'
import type { Gate } from '../types/gate.ts'

/**
 * Milliseconds that stand still while the gate is held: what time limits are measured with. Only differences mean something.
 * Setting the time of day does not move it. Inside `TestScheduler.run` it is virtual time; make it where it is used.
 */
export function runningClock(gate?: Gate): () => number {
  const now = isVirtual() ? virtualNow : realNow
  return gate === undefined ? now : () => now() - gate.heldNs / 1e6
}

const realNow = () => performance.now()
const virtualNow = () => asyncScheduler.now()

/** rxjs makes only the time of day virtual, so that is how one can tell: virtual time begins at 0. */
function isVirtual(): boolean {
  return Math.abs(asyncScheduler.now() - Date.now()) > 1e9
}
