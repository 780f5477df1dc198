/** Bounds what is worked on at once by number and size, for many that take in turn and know a size only when they have it. */
export interface Room {
  /** Waits for a place, first come, first served: until fewer than `maxItems` are in, of less than `maxSize` together. */
  enter(): Promise<void>
  /** Notes the size of what came. */
  add(size: number): void
  /** Gives a place back, and the size that was noted for it. */
  leave(size: number): void
}

export function createRoom(maxItems: number, maxSize: number): Room {
  const waiting: (() => void)[] = []
  let items = 0
  let held = 0
  const hasRoom = () => items < maxItems && held < maxSize
  const letIn = () => {
    while (waiting.length > 0 && hasRoom()) {
      items++
      waiting.shift()?.()
    }
  }
  return {
    enter: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        letIn()
      }),
    add(size) {
      held += size
    },
    leave(size) {
      items--
      held -= size
      letIn()
    },
  }
}
