import { type MonoTypeOperatorFunction, identity, pipe } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { requireFinish } from '../../operators/requireFinish.ts'
import { retryStream } from '../../operators/retryStream.ts'
import { timeLimits } from '../../operators/timeLimits.ts'
import { continueAfterCut } from '../../policies/continueAfterCut.ts'
import { fallback } from '../../policies/fallback.ts'
import { limited } from '../../policies/limited.ts'
import { createLimiter } from '../../policies/limiter.ts'
import { createRetryBudget } from '../../policies/retryBudget.ts'
import { tiktoken } from '../../models/tiktoken.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { LanguageModel } from '../../types/ports.ts'
import type { PlainRequest } from '../../types/question.ts'
import { chooseModel } from '../chooseModel.ts'
import type { BatchOptions } from './options.ts'

/** A model with all that stands between it and the rows: limits, retries, other models behind it. */
export interface BatchModels {
  /** `request`: what a row wants instead of the model of the options. A model that was made before is there at once. */
  of(request: PlainRequest | undefined): LanguageModel | Promise<LanguageModel>
  /** Inside each call. */
  readonly attempt: MonoTypeOperatorFunction<Chunk>
  /** Around all calls of a row. */
  readonly limit: MonoTypeOperatorFunction<Chunk>
}

const maxModels = 100

/**
 * A row can be taken back until it is written, so an answer that breaks off starts again, unless the model is to go on with it.
 *
 * @param choose Makes the model alone.
 */
export function batchModels(options: BatchOptions, choose = chooseModel): BatchModels {
  const { concurrency, rpm, tpm, timeout, rowTimeout, maxRetries, fallbackModel = [], baseUrl } = options
  // Also without --rpm and --tpm: a service may tell its own limits.
  const limiter = createLimiter({ concurrency, ...defined({ requestsPerMinute: rpm, tokensPerMinute: tpm }) })
  // Nobody counts tokens where nobody limits them; where somebody does, there is time to count them as the service will.
  const tokenizer = tpm === undefined ? undefined : tiktoken()
  const silence = timeout === undefined ? identity : timeLimits({ firstTextMs: timeout * 1000, nextTextMs: timeout * 1000 })
  const budget = createRetryBudget()
  const attempt = pipe(
    requireFinish(),
    retryStream({ maxRetries, afterText: 'restart', budget, ...(rowTimeout !== undefined && { totalMs: rowTimeout * 1000 }) }),
  )
  const limit = rowTimeout === undefined ? identity : timeLimits({ totalMs: rowTimeout * 1000, firstTextMs: Infinity, nextTextMs: Infinity })
  const known = new Map<string, LanguageModel | Promise<LanguageModel>>()

  // Inside the limiter: waiting for a place is no silence of the model.
  const policed = (model: LanguageModel): LanguageModel => {
    const timed: LanguageModel = { ...model, stream: (request) => model.stream(request).pipe(silence) }
    const placed = limited(timed, { limiter, ...(tokenizer && { tokenizer }) })
    return options.afterCut === 'continue' ? continueAfterCut(placed) : placed
  }
  const make = async (name: string | undefined, parameters: PlainRequest['parameters']): Promise<LanguageModel> => {
    const names = [name, ...fallbackModel]
    const models = await Promise.all(names.map((model) => choose({ model, baseUrl, ...(parameters && { parameters }) }, options.quiet)))
    const [first, ...others] = models.map(policed)
    if (first === undefined) throw new InputError('No model was named.')
    return others.length === 0 ? first : fallback([first, ...others], { attempt, afterText: 'restart' })
  }
  return {
    attempt: fallbackModel.length === 0 ? attempt : identity,
    limit,
    of({ model = options.model, parameters } = { messages: [] }) {
      const key = parameters === undefined ? (model ?? '') : JSON.stringify([model, parameters])
      const found = known.get(key)
      if (found) return found
      // Each row may bring parameters of its own; a model made anew costs little.
      if (known.size >= maxModels) known.clear()
      const made = make(model, parameters).then((ready) => {
        if (known.has(key)) known.set(key, ready)
        return ready
      })
      known.set(key, made)
      return made
    },
  }
}
