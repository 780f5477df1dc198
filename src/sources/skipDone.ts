/** What `skipDone` asks: the logs of `openJsonl` are such. */
export interface DoneLog {
  /** True when it is there; counts it then. */
  skip(id: string): boolean
  hasRoom(): Promise<void>
}

/**
 * Leaves out the items whose id is in a log already, and gives none while the log has more to write than it should: so what
 * is done is neither done again nor piled up in front of a slow disk.
 *
 * Pulled one by one; ending the iteration ends that of the items.
 *
 * @example
 * pullMap(skipDone(log)(readNdjson('questions.jsonl')), (row) => …, { concurrency: 16 })
 */
export function skipDone(log: DoneLog): <T extends { readonly id: string }>(items: AsyncIterable<T> | Iterable<T>) => AsyncIterable<T> {
  return (items) => ({
    async *[Symbol.asyncIterator]() {
      for await (const item of items) {
        if (log.skip(item.id)) continue
        await log.hasRoom()
        yield item
      }
    },
  })
}
