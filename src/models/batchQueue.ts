export interface QueuedText {
  readonly text: string
  readonly tokens: number
}

/** Texts that wait for their request, the oldest first. */
export interface BatchQueue<T extends QueuedText> {
  add(item: T): void
  remove(item: T): void
  /** True when what waits fills a request, or some of it has waited long enough. */
  readonly isReady: boolean
  /** True when something has not yet waited long enough. */
  readonly hasFresh: boolean
  /** What is queued now has waited long enough. */
  ripen(): void
  /** Takes the next request out: as many as fit, one at least. */
  take(): T[]
}

export function createBatchQueue<T extends QueuedText>(maxSize: number, maxTokens: number): BatchQueue<T> {
  const fresh = new Set<T>()
  const ripe = new Set<T>()
  let tokens = 0

  const remove = (item: T) => {
    if (ripe.delete(item) || fresh.delete(item)) tokens -= item.tokens
  }

  function* oldestFirst() {
    yield* ripe
    yield* fresh
  }

  return {
    add(item) {
      fresh.add(item)
      tokens += item.tokens
    },
    remove,
    get isReady() {
      return ripe.size > 0 || fresh.size >= maxSize || (fresh.size > 0 && tokens >= maxTokens)
    },
    get hasFresh() {
      return fresh.size > 0
    },
    ripen() {
      for (const item of fresh) ripe.add(item)
      fresh.clear()
    },
    take() {
      const batch: T[] = []
      let batchTokens = 0
      for (const item of oldestFirst()) {
        if (batch.length === maxSize || (batch.length > 0 && batchTokens + item.tokens > maxTokens)) break
        batch.push(item)
        batchTokens += item.tokens
      }
      batch.forEach(remove)
      return batch
    },
  }
}
