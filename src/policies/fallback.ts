import { type MonoTypeOperatorFunction, type Observable, catchError, concat, defer, identity, of, tap } from 'rxjs'
import { InvalidOptionError, OverflowError, ProviderError, RagError, toErrorInfo } from '../errors.ts'
import { failUnfinished } from '../internal/failUnfinished.ts'
import type { Chunk } from '../types/chunk.ts'
import type { CompletionRequest } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'

export interface FallbackOptions {
  /**
   * When a model fails after text, reasoning or tool calls came from it: the answer fails, or a `reset` makes them void and
   * the next model starts anew. Default `fail`.
   */
  readonly afterText?: 'fail' | 'restart'
  /**
   * Whether another model may succeed where this error came from. Default: whatever a service did or refused, time limits
   * and requests above a limiter's bound; not errors of the program.
   */
  readonly fallBackOn?: (error: unknown) => boolean
  /** Inside each model's turn: time limits and retries. Each model gets its own. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

interface Failure {
  readonly modelId: string
  readonly error: unknown
}

/**
 * Asks the next model when one fails: the first in the list answers while it can. The calls of `usage` name the models;
 * the last one answered.
 *
 * - Order: the models'. A `retry` chunk, or after text a `reset`, stands before the next model's chunks.
 * - Memory: the errors so far.
 * - Drop: unsubscribing drops the call that is running. A model's call has ended, and freed its place, before the next begins.
 * - Errors: the error itself when only one model was asked; else `ProviderError` `all-models-failed`, with all errors in the
 *   `AggregateError` that is its `cause`. It is retryable when one of them is.
 *
 * @throws InvalidOptionError at the call, when the list is empty.
 *
 * @example
 * fallback([openai({ model: 'gpt-4.1-mini', apiKey }), openai({ model: 'qwen3', baseUrl })])
 */
export function fallback(models: readonly LanguageModel[], options: FallbackOptions = {}): LanguageModel {
  const { afterText = 'fail', fallBackOn = isOfService, attempt = identity } = options
  const [first, ...others] = models
  if (!first) throw new InvalidOptionError('Expected at least one model to fall back on, got none')
  if (!['fail', 'restart'].includes(afterText)) throw new InvalidOptionError(`Expected afterText to be fail or restart, got ${afterText}`)

  const ask = (request: CompletionRequest, model: LanguageModel, rest: readonly LanguageModel[], earlier: readonly Failure[]): Observable<Chunk> => {
    const number = request.attempt ?? 1
    let begun = false
    return defer(() => model.stream({ ...request, attempt: number })).pipe(
      attempt,
      failUnfinished(model.id),
      tap(({ type }) => {
        if (type === 'text' || type === 'reasoning' || type === 'tool-call') begun = true
        else if (type === 'reset') begun = false
      }),
      catchError((error: unknown) => {
        const failures = [...earlier, { modelId: model.id, error }]
        const [next, ...others] = rest
        if (!next || !fallBackOn(error) || (begun && afterText === 'fail')) throw summed(failures)
        const info = toErrorInfo(error)
        const notice: Chunk = begun
          ? { type: 'reset', attempt: number + 1, error: info }
          : { type: 'retry', attempt: number, delayMs: 0, error: info }
        return concat(of(notice), defer(() => ask({ ...request, attempt: number + 1 }, next, others, failures)))
      }),
    )
  }

  return {
    id: models.map(({ id }) => id).join(' | '),
    ...smallestContext(models),
    stream: (request) => defer(() => ask(request, first, others, [])),
  }
}

function isOfService(error: unknown): boolean {
  return error instanceof ProviderError || error instanceof OverflowError || (error instanceof RagError && error.retryable)
}

/** What fits into every model that says what it takes. */
function smallestContext(models: readonly LanguageModel[]): { readonly contextTokens?: number } {
  const known = models.flatMap(({ contextTokens }) => contextTokens ?? [])
  return known.length === 0 ? {} : { contextTokens: Math.min(...known) }
}

function summed(failures: readonly Failure[]): unknown {
  const errors = failures.map(({ error }) => error)
  const last = errors.at(-1)
  if (errors.length === 1) return last
  const list = failures.map(({ modelId, error }) => `${modelId}: ${toErrorInfo(error).message}`).join('; ')
  const message = `None of ${failures.length} models answered: ${list}`
  const retryable = errors.filter((error) => error instanceof RagError && error.retryable)
  const waits = retryable.map((error) => (error instanceof ProviderError ? (error.retryAfterMs ?? 0) : 0))
  const wait = Math.min(...waits)
  const { retryAfterMs: _, ...detail } = last instanceof ProviderError ? last.detail : {}
  return new ProviderError('all-models-failed', message, {
    ...detail,
    // The model that takes requests again first decides.
    ...(waits.length > 0 && wait > 0 && { retryAfterMs: wait }),
    retryable: retryable.length > 0,
    cause: new AggregateError(errors, message),
  })
}
