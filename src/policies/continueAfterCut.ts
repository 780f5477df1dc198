import { type MonoTypeOperatorFunction, type Observable, catchError, concat, defer, identity, mergeMap, of, tap } from 'rxjs'
import { InvalidOptionError, ProviderError, RagError, TruncatedError, toErrorInfo } from '../errors.ts'
import { failUnfinished } from '../internal/failUnfinished.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { type Seam, createSeam } from '../internal/seam.ts'
import type { Chunk, ModelCall } from '../types/chunk.ts'
import type { CompletionRequest, Message } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'

export interface ContinueAfterCutOptions {
  /** Further calls for one answer, whether they bring text or fail at once. Default 3. */
  readonly maxContinuations?: number
  /**
   * Said to the model after its partial answer, as the user. For models that answer anew, or refuse, when the last message
   * is their own: `'Continue exactly where you stopped. Repeat nothing.'` Default: none, the partial answer comes last.
   */
  readonly instruction?: string
  /**
   * Characters that the model may repeat at the seam, which are left out. 0 for a server that is known to go on with the
   * very next character: a text that says something twice in a row is then not mistaken for a repetition. Default 1000.
   */
  readonly maxOverlap?: number
  /**
   * Leaves out even a few equal characters, which may be chance: `book` and `keeper`, `1000` and `000`. By default a short
   * repetition counts only where words end. Default false.
   */
  readonly trimShortOverlaps?: boolean
  /** Inside each call: time limits, so that a stalled answer counts as cut, and retries before a call's first text. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

/**
 * Goes on with an answer whose connection was lost: asks again with the text so far as the model's own last message, and
 * joins the two. Only for models that can do that: calling this is the permission.
 *
 * - Order: the model's. A `retry` chunk stands at each seam; the text before it stays. Of a continuation's marks only `last`
 *   and `finished` pass: the times to the first text are those of the first call.
 * - Memory: the text of the answer, and what may still be a repetition at a seam.
 * - Drop: unsubscribing drops the call that is running.
 * - Errors: the model's, when there was no text to go on from, there were tool calls, or it is not one that may pass;
 *   `TruncatedError` when the continuations fail as well, with the first error as `cause`.
 *
 * Usage is told for each call. `maxOutputTokens` bounds them together.
 *
 * @throws InvalidOptionError at the call, when a number is not one that can work.
 *
 * @example
 * continueAfterCut(openai({ model: 'qwen3', baseUrl }), { attempt: timeLimits({ nextTextMs: 20_000 }) })
 */
export function continueAfterCut(model: LanguageModel, options: ContinueAfterCutOptions = {}): LanguageModel {
  const { maxContinuations = 3, maxOverlap = 1000, trimShortOverlaps = false, attempt = identity, instruction } = options
  requirePositiveInteger('maxContinuations', maxContinuations)
  if (!Number.isSafeInteger(maxOverlap) || maxOverlap < 0) throw new InvalidOptionError(`Expected maxOverlap to be 0 or more, got ${maxOverlap}`)

  const streamOf = (request: CompletionRequest) => {
    let text = ''
    let outputTokens = 0
    let hasToolCalls = false
    let firstError: unknown
    const onUsage = (call: ModelCall) => {
      outputTokens += call.outputTokens
      request.onUsage?.(call)
    }
    const requestOf = (number: number): CompletionRequest => {
      if (number === 0) return { ...request, onUsage }
      const { maxOutputTokens } = request
      const left = maxOutputTokens === undefined ? {} : { maxOutputTokens: Math.max(1, maxOutputTokens - outputTokens) }
      return { ...request, ...left, onUsage, messages: [...request.messages, ...seamMessages(text, instruction)] }
    }
    const take = (chunk: Chunk) => {
      if (chunk.type === 'text') text += chunk.text
      else if (chunk.type === 'tool-call') hasToolCalls = true
      else if (chunk.type === 'reset') text = ''
    }
    const call = (number: number): Observable<Chunk> => {
      const join = number === 0 ? tap(take) : mergeMap(continuation(createSeam(text, maxOverlap, trimShortOverlaps), take))
      return defer(() => model.stream(requestOf(number))).pipe(
        attempt,
        failUnfinished(model.id),
        join,
        catchError((error: unknown) => {
          firstError ??= error
          const mayPass = error instanceof RagError && error.retryable && text !== '' && !hasToolCalls
          if (mayPass && number < maxContinuations) return concat(of(seamChunk(request, error)), defer(() => call(number + 1)))
          throw number === 0 ? error : cutError(firstError, error, number, text.length)
        }),
      )
    }
    return call(0)
  }

  return {
    id: model.id,
    ...(model.contextTokens !== undefined && { contextTokens: model.contextTokens }),
    stream: (request) => defer(() => streamOf(request)),
  }
}

function seamMessages(text: string, instruction: string | undefined): Message[] {
  const partial: Message = { role: 'assistant', content: text }
  return instruction === undefined ? [partial] : [partial, { role: 'user', content: instruction }]
}

/**
 * What of a continuation's chunks passes. What it holds back when it is cut itself is forgotten: the next one brings it
 * again, or it was a repetition.
 */
function continuation(seam: Seam, take: (chunk: Chunk) => void): (chunk: Chunk) => readonly Chunk[] {
  const taken = (chunk: Chunk) => {
    take(chunk)
    return [chunk]
  }
  const asText = (text: string) => (text === '' ? [] : taken({ type: 'text', text }))
  return (chunk) => {
    if (chunk.type === 'text') return asText(seam.push(chunk.text))
    if (chunk.type === 'mark') return chunk.name === 'last' || chunk.name === 'finished' ? [...asText(seam.end()), chunk] : []
    return chunk.type === 'finish' ? [...asText(seam.end()), chunk] : taken(chunk)
  }
}

function seamChunk({ attempt = 1 }: CompletionRequest, error: unknown): Chunk {
  return { type: 'retry', attempt, delayMs: 0, error: toErrorInfo(error) }
}

function cutError(first: unknown, last: unknown, continuations: number, textLength: number): TruncatedError {
  const count = continuations === 1 ? 'its continuation' : `${continuations} continuations`
  const detail = first instanceof ProviderError ? first.detail : {}
  return new TruncatedError(`The answer was cut, and ${count} failed as well: ${toErrorInfo(last).message}`, {
    ...detail,
    textLength,
    retryable: true,
    cause: first,
  })
}
