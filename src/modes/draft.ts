import { type OperatorFunction, defer, mergeMap, tap } from 'rxjs'
import type { Chunk } from '../types/chunk.ts'

/**
 * Turns the answer of a call into the draft of a step. Its text is told when it is whole; its end, its citations and the marks
 * of visible text are not the answer's; that it starts again is a `retry`, for nothing of the answer is void.
 */
export function asDraft(step: number, onWhole: (text: string) => void): OperatorFunction<Chunk, Chunk> {
  return (chunks) =>
    defer(() => {
      const texts: string[] = []
      let begun = false
      const take = (chunk: Chunk): readonly Chunk[] => {
        switch (chunk.type) {
          case 'text': {
            texts.push(chunk.text)
            const start = begun ? {} : { start: true as const }
            begun = true
            return [{ type: 'draft', step, text: chunk.text, ...start }]
          }
          case 'reset':
            texts.length = 0
            begun = false
            return [{ type: 'retry', attempt: chunk.attempt - 1, delayMs: 0, error: chunk.error }]
          case 'mark':
            return chunk.name === 'visible1' || chunk.name === 'last' || chunk.name === 'finished' ? [] : [chunk]
          case 'retry': case 'reasoning':
            return [chunk]
          default:
            return []
        }
      }
      return chunks.pipe(mergeMap(take), tap({ complete: () => onWhole(texts.join('')) }))
    })
}
