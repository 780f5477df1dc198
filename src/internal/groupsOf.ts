export interface GroupBounds {
  readonly maxItems: number
  /** Of all items together; a group ends with the item that reaches it. */
  readonly maxSize: number
}

/** What is pulled, some at a time: of small items many share a group, a large one has its own. An error comes in the place of the group that it leaves unfinished. */
export async function* groupsOf<T>(items: AsyncIterable<T>, sizeOf: (item: T) => number, { maxItems, maxSize }: GroupBounds): AsyncGenerator<readonly T[]> {
  let group: T[] = []
  let size = 0
  for await (const item of items) {
    group.push(item)
    size += sizeOf(item)
    if (group.length < maxItems && size < maxSize) continue
    yield group
    group = []
    size = 0
  }
  if (group.length > 0) yield group
}
