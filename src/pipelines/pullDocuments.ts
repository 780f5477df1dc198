import type { Room } from '../internal/room.ts'
import type { Document } from '../types/document.ts'

/** A document that is worked on. */
export interface PulledDocument {
  readonly document: Document
  /** Gives its room back. */
  readonly leave: () => void
}

/**
 * Documents as they are pulled, each once there is room for it. An error ends them as their end does, and is told: what came before it
 * is to be finished first.
 *
 * No generator: the `return()` of one waits for a `next()` that is pending, and that may be for ever.
 */
export function pullDocuments(documents: AsyncIterable<Document>, room: Room, onBroken: (error: unknown) => void): AsyncIterable<PulledDocument> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = documents[Symbol.asyncIterator]()
      const done = { done: true, value: undefined } as const
      let dropped = false
      const pull = async (): Promise<IteratorResult<PulledDocument>> => {
        if (dropped) return done
        const result = await iterator.next()
        if (result.done === true) return done
        const size = sizeOf(result.value)
        room.add(size)
        return { done: false, value: { document: result.value, leave: () => room.leave(size) } }
      }
      return {
        async next() {
          await room.enter()
          const result = await pull().catch((error: unknown) => {
            onBroken(error)
            return done
          })
          if (result.done === true) room.leave(0)
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
function sizeOf({ text, title = '', metadata, headings = [] }: Document): number {
  const said = metadata === undefined ? 0 : JSON.stringify(metadata).length
  return headings.reduce((sum, heading) => sum + heading.title.length, text.length + title.length + said)
}
