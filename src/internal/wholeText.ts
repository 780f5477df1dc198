import { type MonoTypeOperatorFunction, type Observable, defer, identity, last, map, tap } from 'rxjs'
import { TruncatedError } from '../errors.ts'
import type { Chunk, ModelCall } from '../types/chunk.ts'
import type { CompletionRequest } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'

export interface WholeTextRequest extends Pick<CompletionRequest, 'messages' | 'temperature' | 'maxOutputTokens'> {
  /** What the call is for, as it stands in the usage. */
  readonly purpose: string
  readonly onUsage?: ((call: ModelCall) => void) | undefined
  /** Time limits, retries. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk> | undefined
}

/**
 * Asks a model for a text that is of use only as a whole: emits once, the text of the attempt that came to its end, without
 * what some servers leave of the model's thoughts in front of it.
 */
export function wholeText(model: LanguageModel, request: WholeTextRequest): Observable<string> {
  const { purpose, onUsage, attempt = identity, ...rest } = request
  return defer(() => {
    let attempts = 0
    let text = ''
    let finished = false
    const call = defer(() => {
      text = ''
      finished = false
      return model.stream({ ...rest, attempt: ++attempts, onUsage: (used) => onUsage?.({ ...used, purpose }) })
    })
    return call.pipe(
      attempt,
      tap((chunk) => {
        if (chunk.type === 'reset') text = ''
        if (chunk.type === 'text') text += chunk.text
        if (chunk.type === 'finish') finished = true
      }),
      last(null, undefined),
      map(() => {
        if (!finished) throw new TruncatedError(`The answer of ${model.id} ended without a finish reason: it was cut`)
        return text.slice(thoughtEnd(text))
      }),
    )
  })
}

function thoughtEnd(text: string): number {
  const mark = '</think>'
  const at = text.lastIndexOf(mark)
  return at < 0 ? 0 : at + mark.length
}
