import { type MonoTypeOperatorFunction, defer, tap } from 'rxjs'
import { InvalidOptionError, RagError } from '../errors.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { Chunk } from '../types/chunk.ts'

/** US dollars for a million tokens. */
export interface TokenPrice {
  readonly input: number
  /** Of tokens that the service had cached. Default: as `input`. */
  readonly cachedInput?: number
  readonly output: number
}

export interface BudgetOptions {
  /** Bound on the text of one answer: the answer is asked for no more, and stopped when it has more. Default: none. */
  readonly maxTokensPerAnswer?: number
  /** Of prompts and answers together, in a day of UTC. Default: none. */
  readonly maxTokensPerDay?: number
  /** US dollars in a day of UTC; needs `price`. Default: none. */
  readonly maxCostPerDay?: number
  readonly price?: TokenPrice
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number
}

/** What a handler may spend. Shared by all handlers that it is given to; it lives as long as the process. */
export interface Budget {
  readonly maxTokensPerAnswer: number
  /** Today, with what the runs in flight have used so far, by estimate. */
  readonly tokens: number
  readonly cost: number
  /** Undefined when there is something left; else what is spent, and when it is renewed. */
  refusal(): { readonly code: string; readonly message: string; readonly retryAfterSeconds: number } | undefined
  /** Counts one run. `stop` is called once its text is longer than an answer may be. Fails before it begins when nothing is left. */
  count(questionLength: number, stop: () => void): MonoTypeOperatorFunction<Chunk>
}

const dayMs = 86_400_000
/** Of a token, on the average of European languages; short is safe here. */
const charactersPerToken = 4

/**
 * Ceilings on what answers use. A run counts by an estimate of its text while it is under way, then by its `usage`; so a ceiling
 * is passed by no more than the runs that were in flight when it was reached.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * handler({ answer, budget: createBudget({ maxTokensPerDay: 1_000_000, maxTokensPerAnswer: 2000 }) })
 */
export function createBudget(options: BudgetOptions): Budget {
  const { maxTokensPerAnswer = Infinity, maxTokensPerDay = Infinity, maxCostPerDay = Infinity, price, now = Date.now } = options
  for (const [name, value] of Object.entries({ maxTokensPerAnswer, maxTokensPerDay })) if (value !== Infinity) requirePositiveInteger(name, value)
  if (!(maxCostPerDay > 0)) throw new InvalidOptionError(`Expected maxCostPerDay to be above 0, got ${maxCostPerDay}`)
  if (maxCostPerDay !== Infinity && price === undefined) throw new InvalidOptionError('Expected a price with maxCostPerDay')

  let day = Math.floor(now() / dayMs)
  const spent = { tokens: 0, cost: 0 }
  const add = (tokens: number, cost: number) => {
    const today = Math.floor(now() / dayMs)
    if (today !== day) Object.assign(spent, { tokens: 0, cost: 0 })
    day = today
    spent.tokens += tokens
    spent.cost += cost
  }
  const costOf = (input: number, output: number, cached = 0) =>
    price === undefined ? 0 : ((input - cached) * price.input + cached * (price.cachedInput ?? price.input) + output * price.output) / 1e6

  const budget: Budget = {
    maxTokensPerAnswer,
    get tokens() {
      add(0, 0)
      return spent.tokens
    },
    get cost() {
      add(0, 0)
      return spent.cost
    },
    refusal() {
      add(0, 0)
      const what = spent.tokens >= maxTokensPerDay ? 'tokens' : spent.cost >= maxCostPerDay ? 'cost' : undefined
      if (what === undefined) return undefined
      const retryAfterSeconds = Math.ceil(((day + 1) * dayMs - now()) / 1000)
      return { code: `${what}-spent`, message: `What may be spent in a day is spent (${what}); the next begins at 00:00 UTC`, retryAfterSeconds }
    },
    count: (questionLength, stop) => (chunks) =>
      defer(() => {
        // It may have waited for its place.
        const refused = budget.refusal()
        if (refused !== undefined) throw new RagError(refused.code, refused.message)
        // Stays as it is for a run that ends without usage.
        let counted = { tokens: 0, cost: 0 }
        let text = 0
        let settled = false
        const estimate = (input: number, output: number) => {
          const more = { tokens: (input + output) / charactersPerToken, cost: costOf(input / charactersPerToken, output / charactersPerToken) }
          counted = { tokens: counted.tokens + more.tokens, cost: counted.cost + more.cost }
          add(more.tokens, more.cost)
        }
        estimate(questionLength, 0)
        return chunks.pipe(
          tap((chunk) => {
            if (chunk.type === 'sources') estimate(chunk.passages.reduce((sum, passage) => sum + passage.text.length, 0), 0)
            if (chunk.type === 'text' || chunk.type === 'reasoning' || chunk.type === 'draft') {
              estimate(0, chunk.text.length)
              text += chunk.text.length
              if (text / charactersPerToken > maxTokensPerAnswer) stop()
            }
            if (chunk.type !== 'usage' || settled) return
            settled = true
            const cost = chunk.calls.length === 0 ? costOf(chunk.inputTokens, chunk.outputTokens) : chunk.calls.reduce((sum, call) => sum + costOf(call.inputTokens, call.outputTokens, call.cachedInputTokens), 0)
            add(chunk.inputTokens + chunk.outputTokens - counted.tokens, cost - counted.cost)
          }),
        )
      }),
  }
  return budget
}
