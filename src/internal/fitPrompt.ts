import { RagError } from '../errors.ts'
import type { Message } from '../types/completion.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { Tokenizer } from '../types/ports.ts'
import type { Query } from '../types/query.ts'
import { passageBlocks } from './passageBlocks.ts'
import { fillTemplate, type PromptTemplate } from './promptTemplate.ts'
import { requirePositiveInteger } from './requirePositiveInteger.ts'
import { utf8Length } from './utf8Length.ts'

export interface FitPromptOptions {
  readonly template: PromptTemplate
  readonly system: string
  readonly maxInputTokens: number
  readonly tokenizer?: Tokenizer | undefined
}

export interface FittedPrompt {
  /** Those that the model reads, so that `[n]` in the answer is `passages[n - 1]`. */
  readonly passages: readonly ScoredPassage[]
  readonly messages: readonly Message[]
}

/** Tokens that a server adds around each message. */
const tokensPerMessage = 8
/** Where a passage meets the text around it, pieces may be cut otherwise than in the passage alone. */
const tokensAtSeam = 2

/**
 * Makes the messages for a query within a budget of tokens. Over it, first the last passages go (of a sample for an overview,
 * some evenly apart), then the oldest turns.
 *
 * @throws InvalidOptionError at the call for a bad budget; `RagError` with code `question-too-long` from the function when the question alone exceeds it.
 */
export function createPromptFitter({ template, system, maxInputTokens, tokenizer }: FitPromptOptions): (query: Query) => FittedPrompt {
  requirePositiveInteger('maxInputTokens', maxInputTokens)

  const systemMessage: Message = { role: 'system', content: system }
  return (query) => {
    const { question, history = [], passages = [] } = query
    // The best of what was found; of a sample, which has no best, some evenly apart.
    const kept = (count: number) => (query.kind === 'overview' ? evenly(passages, count) : passages.slice(0, count))
    const askWith = (some: readonly ScoredPassage[]) => questionMessage(template.user, question, some)
    const first = askWith(passages)
    const surely = sum([systemMessage, ...history, first].map(costBy(utf8Length))) - sum(passages.map(savedByCount)) <= maxInputTokens
    const count = tokenizer === undefined || surely ? utf8Length : (text: string) => tokenizer.count(text)
    const cost = costBy(count)
    const priced = (some: readonly ScoredPassage[]) => {
      const message = askWith(some)
      return { message, passages: some, cost: cost(message) - (count === utf8Length ? sum(some.map(savedByCount)) : 0) }
    }

    // Every message is made and counted once: counting is slow, and there are as many prompts as turns times passages.
    const asked = [priced(passages)]
    const turnCosts = history.map(cost)
    let room = maxInputTokens - cost(systemMessage) - sum(turnCosts)
    for (let turn = 0; turn <= history.length; turn++) {
      for (let dropped = 0; dropped < Math.max(1, passages.length); dropped++) {
        const tried = (asked[dropped] ??= priced(kept(passages.length - dropped)))
        if (tried.cost > room) continue
        return { passages: tried.passages, messages: [systemMessage, ...history.slice(turn), tried.message] }
      }
      room += turnCosts[turn] ?? 0
    }
    const bare = priced([])
    if (bare.cost <= room) return { passages: [], messages: [systemMessage, bare.message] }
    throw new RagError('question-too-long', `Expected a question that fits into maxInputTokens (${maxInputTokens})`)
  }
}

function costBy(count: (text: string) => number): (message: Message) => number {
  return (message) => count(message.content) + tokensPerMessage
}

function questionMessage(template: string, question: string, passages: readonly ScoredPassage[]): Message {
  return { role: 'user', content: fillTemplate(template, { question, passages: passageBlocks(passages, question) }) }
}

function evenly<T>(items: readonly T[], count: number): T[] {
  return items.filter((_, index) => Math.floor(((index + 1) * count) / items.length) > Math.floor((index * count) / items.length))
}

/** How much less a passage costs by its known count than by its bytes. */
function savedByCount({ text, tokens }: ScoredPassage): number {
  return Math.max(0, utf8Length(text) - tokens - tokensAtSeam)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
