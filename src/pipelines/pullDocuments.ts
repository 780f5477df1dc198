import type { Room } from '../internal/room.ts'
import type { Document } from '../types/document.ts'

/**
 * Documents as they are pulled, each once there is room for it; whoever is done with one calls `room.leave(sizeOf(document))`.
 * An error ends them as their end does, and is told: what came before it is to be finished first.
 *
 * No generator: the `return()` of one waits for a `next()` that is pending, and that may be for ever.
 */
export function pullDocuments(documents: AsyncIterable<Document>, room: Room, onBroken: (error: unknown) => void): AsyncIterable<Document> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = documents[Symbol.asyncIterator]()
      const done = { done: true, value: undefined } as const
      let dropped = false
      const pull = async (): Promise<IteratorResult<Document>> => {
        try {
          return dropped ? done : await iterator.next()
        } catch (error) {
          onBroken(error)
          return done
        }
      }
      return {
        async next() {
          await room.enter()
          const result = await pull()
          if (result.done === true) room.leave(0)
          else room.add(sizeOf(result.value))
          return result
        },
        async return() {
          dropped = true
          await iterator.return?.()
          return done
        },
      }
    },
  }
}

/** About what a document holds in memory: its text, and what is said of it. */
export function sizeOf({ text, metadata, headings }: Document): number {
  return text.length + (metadata === undefined ? 0 : JSON.stringify(metadata).length) + 50 * (headings?.length ?? 0)
}
