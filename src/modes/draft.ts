import { type OperatorFunction, defer, mergeMap, tap } from 'rxjs'
import { cutToTokens } from '../internal/cutToTokens.ts'
import { estimatedTokens } from '../internal/estimatedTokens.ts'
import type { Chunk } from '../types/chunk.ts'
import type { ModeSettings } from './options.ts'

/**
 * Turns the answer of a call into the draft of a step. Its text is told when it is whole; its end and its citations
 * are not the answer's; that it starts again is a `retry`, for nothing of the answer is void.
 */
export function asDraft(step: number, { draftTokens, tokenizer }: ModeSettings, onWhole: (text: string) => void): OperatorFunction<Chunk, Chunk> {
  return (chunks) =>
    defer(() => {
      // For a model that does not keep to its bound. An estimate may be off.
      const [longest, count] = tokenizer === undefined ? [draftTokens * 1.25, estimatedTokens().count] : [draftTokens, tokenizer.count]
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
          case 'mark': case 'retry': case 'reasoning':
            return [chunk]
          default:
            return []
        }
      }
      return chunks.pipe(mergeMap(take), tap({ complete: () => onWhole(cutToTokens(texts.join(''), longest, count)) }))
    })
}
