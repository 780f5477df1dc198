import type { Chunk } from '../types/chunk.ts'
import { appendOnlyText } from './appendOnlyText.ts'

/**
 * The text of an answer, pulled piece by piece; to be asked for one piece at a time. Not a generator: the `return()` of one
 * waits behind its pending `next()`, and the socket would stay open as long as the model is silent.
 *
 * Errors: the answer's; `reset-refused` when it starts again after text was given.
 */
export function textPieces(chunks: AsyncIterable<Chunk>): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = chunks[Symbol.asyncIterator]()
      const textOf = appendOnlyText()
      const end = async (): Promise<IteratorResult<string>> => {
        await iterator.return?.()
        return { done: true, value: undefined }
      }
      return {
        async next() {
          for (;;) {
            const { done, value } = await iterator.next()
            if (done === true) return { done, value: undefined }
            try {
              const text = textOf(value)
              if (text !== '') return { done: false, value: text }
            } catch (error) {
              await end()
              throw error
            }
          }
        },
        return: end,
      }
    },
  }
}
