import { defer } from 'rxjs'
import { InvalidOptionError } from '../errors.ts'
import { estimatedTokens } from '../internal/estimatedTokens.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { ModelCall } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { LanguageModel, Tokenizer } from '../types/ports.ts'
import { type Limiter, type LimiterOptions, type Place, createLimiter } from './limiter.ts'
import type { RateLimitedRequest, RateLimits } from './rateLimits.ts'

export interface LimitedOptions extends LimiterOptions {
  /** Shared with other models of the same service, instead of limits of its own. */
  readonly limiter?: Limiter
  /** Counts prompts. Default: an estimate by words. */
  readonly tokenizer?: Tokenizer
  /** Reserved for an answer without `maxOutputTokens` until the first answers have come; then what they hardly exceed. Default 512. */
  readonly expectedOutputTokens?: number
}

/**
 * Keeps the requests to a model within the limits of its service: one queue for all of them, first come, first served.
 *
 * What an answer will use is reserved when it is sent, its prompt and `maxOutputTokens` or else what the answers so far have
 * hardly exceeded (their mean and twice the deviation), and corrected by its usage. `429` with `Retry-After` and the service's own limits, where it tells them, hold the queue
 * as well. Inside other decorators, so that each of their calls is counted: `fallback([limited(a, …), limited(b, …)])`.
 *
 * - Order: the model's. Requests are sent in the order in which they were subscribed to.
 * - Memory: the queue and a minute of entries, see `createLimiter`.
 * - Drop: unsubscribing frees the place in the queue, or the running request's place, at once.
 * - Errors: the model's; `OverflowError` when prompt and `maxOutputTokens` are more than `tokensPerMinute` together.
 *
 * @throws InvalidOptionError at the call, for a limit that is not a positive integer, no limit, or limits beside a limiter.
 *
 * @example
 * limited(openai({ model: 'gpt-4.1-mini', apiKey }), { concurrency: 20, requestsPerMinute: 500, tokensPerMinute: 200_000 })
 */
export function limited(model: LanguageModel, options: LimitedOptions): LanguageModel {
  const { limiter = createLimiter(options), tokenizer = estimatedTokens(), expectedOutputTokens = 512 } = options
  if (options.limiter && (options.concurrency ?? options.requestsPerMinute ?? options.tokensPerMinute) !== undefined) {
    throw new InvalidOptionError('Expected either a limiter or limits, got both: give the limits to createLimiter')
  }
  requirePositiveInteger('expectedOutputTokens', expectedOutputTokens)
  const outputs = runningBound(expectedOutputTokens)

  const { tokensPerMinute } = limiter
  const reserveFor = ({ messages, maxOutputTokens }: RateLimitedRequest, tokensPerMinute: number) => {
    const inputTokens = countMessages(tokenizer, messages)
    if (maxOutputTokens !== undefined) return inputTokens + maxOutputTokens
    // Only a guess: it must not be what makes a request too large.
    return Math.max(inputTokens, Math.min(inputTokens + outputs.bound(), tokensPerMinute))
  }

  return {
    id: model.id,
    ...(model.contextTokens !== undefined && { contextTokens: model.contextTokens }),
    stream: (request: RateLimitedRequest) => {
      const work = (place: Place) => {
        let used = 0
        const onUsage = (call: ModelCall) => {
          used += call.inputTokens + call.outputTokens
          if (call.outputTokens > 0) outputs.add(call.outputTokens)
          place.correct(used)
          request.onUsage?.(call)
        }
        const onLimits = (limits: RateLimits) => {
          place.tell(limits)
          request.onLimits?.(limits)
        }
        const watched: RateLimitedRequest = { ...request, onUsage, onLimits }
        return model.stream(watched)
      }
      // Where nobody limits them nobody wants to know: counting a long prompt takes milliseconds.
      return tokensPerMinute === undefined ? limiter.limit(1, work) : defer(() => limiter.limit(reserveFor(request, tokensPerMinute), work))
    },
  }
}

/** What chat formats put around each message. */
const tokensAroundMessage = 4

function countMessages(tokenizer: Tokenizer, messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + tokenizer.count(content) + tokensAroundMessage, 0)
}

/** Follows a change of habits within some 50 answers. */
const longestMemory = 50
/** Short answers end first: what the first few used says little of the others. */
const firstAnswers = 10

/** What an answer will hardly exceed: the mean of the last ones, and twice their deviation. */
function runningBound(beforeFirst: number) {
  let mean = beforeFirst
  let variance = 0
  let count = 0
  return {
    bound: () => Math.ceil(Math.max(mean + 2 * Math.sqrt(variance), count < firstAnswers ? beforeFirst : 0)),
    add(value: number) {
      count = Math.min(count + 1, longestMemory)
      const distance = value - mean
      mean += distance / count
      variance += (distance * (value - mean) - variance) / count
    },
  }
}
