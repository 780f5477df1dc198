/** Bounds what is worked on at once by its size. */
export interface BytesInWork {
  /** Waits until there is room, or nothing else is in work. One caller at a time. */
  add(bytes: number): Promise<void>
  remove(bytes: number): void
}

export function createBytesInWork(maxBytes: number): BytesInWork {
  let count = 0
  let held = 0
  let wake: (() => void) | undefined
  const isFull = (bytes: number) => count > 0 && held + bytes > maxBytes

  return {
    async add(bytes) {
      while (isFull(bytes)) await new Promise<void>((resolve) => (wake = resolve))
      count++
      held += bytes
    },
    remove(bytes) {
      count--
      held -= bytes
      wake?.()
    },
  }
}
