/** Of each turn of the event loop: so long do others wait, who have nothing to do with this work. */
const sliceMs = 1

const waiting = new Set<() => void>()
let isPlanned = false

/**
 * Does work once, in the next turn, or a later one when there is much: in each only so much is done of all work of the process that
 * what comes in meanwhile need not wait for all of it. First come, first served.
 */
export function shareTurn(work: () => void): void {
  waiting.add(work)
  plan()
}

/** Does not do it. */
export function leaveTurn(work: () => void): void {
  waiting.delete(work)
}

function plan(): void {
  if (isPlanned || waiting.size === 0) return
  isPlanned = true
  setImmediate(doSome)
}

function doSome(): void {
  isPlanned = false
  const until = performance.now() + sliceMs
  try {
    for (const work of waiting) {
      waiting.delete(work)
      work()
      if (performance.now() >= until) break
    }
  } finally {
    plan()
  }
}
