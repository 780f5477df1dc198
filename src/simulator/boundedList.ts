/** The last items of many, in order. */
export interface BoundedList<Item> {
  /** The same array always. */
  readonly items: readonly Item[]
  add(item: Item, bytes?: number): void
  /** An item turned out larger, or smaller; nothing when it is no longer here. */
  grow(item: Item, bytes: number): void
  /** Drops all but these. */
  keep(wanted: (item: Item) => boolean): void
}

/**
 * Memory: at most `maxItems`, and so many that they stay within `maxBytes`; the oldest go first, the last one stays.
 *
 * @param onDrop told of each that had to go.
 */
export function boundedList<Item extends object>(
  maxItems: number,
  maxBytes = Number.POSITIVE_INFINITY,
  onDrop: (item: Item) => void = () => undefined,
): BoundedList<Item> {
  const items: Item[] = []
  const sizes = new Map<Item, number>()
  let total = 0

  const drop = (count: number) => {
    for (const item of items.splice(0, count)) {
      total -= sizes.get(item) ?? 0
      sizes.delete(item)
      onDrop(item)
    }
  }
  /** A sixteenth more than it must: each time that the first one goes, all others move up. */
  const trim = () => {
    if (items.length > maxItems) drop(items.length - maxItems + Math.floor(maxItems / 16))
    if (total <= maxBytes) return
    let excess = total - maxBytes * (15 / 16)
    const fitting = items.findIndex((item) => {
      if (excess <= 0) return true
      excess -= sizes.get(item) ?? 0
      return false
    })
    drop(fitting === -1 ? items.length - 1 : fitting)
  }

  return {
    items,
    add(item, bytes = 0) {
      items.push(item)
      sizes.set(item, bytes)
      total += bytes
      trim()
    },
    grow(item, bytes) {
      const size = sizes.get(item)
      if (size === undefined) return
      sizes.set(item, size + bytes)
      total += bytes
      trim()
    },
    keep(wanted) {
      let kept = 0
      for (const item of items) {
        if (wanted(item)) {
          items[kept++] = item
        } else {
          total -= sizes.get(item) ?? 0
          sizes.delete(item)
        }
      }
      items.length = kept
    },
  }
}
