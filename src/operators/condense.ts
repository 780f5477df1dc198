import { type MonoTypeOperatorFunction, type Observable, asapScheduler, catchError, concatMap, defer, from, map, of, subscribeOn } from 'rxjs'
import { isFollowUp } from '../internal/isFollowUp.ts'
import { mark } from '../internal/mark.ts'
import { wholeText } from '../internal/wholeText.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

/** Makes a question that can be understood alone of one that cannot: at once, or as a promise. */
export type Condense = (question: string, history: readonly Message[]) => string | Promise<string>

export interface CondenseOptions {
  /** Told of a failure of the model; the question is then searched for with the words of the one before. */
  readonly onFailure?: (error: unknown) => void
  /** What happens inside the call of a model: time limits, retries. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

const task =
  'Rewrite the last question of the user so that it can be understood without the conversation before it. Keep its language and meaning, ' +
  'put names in the place of words like "it" and "they", add nothing, do not answer it. Write the question and nothing else.'
/** Turns that a follow-up may point to. */
const maxTurns = 6
const maxMessage = 2000
const maxQuestionTokens = 200

/**
 * Makes a follow-up understandable alone, for `retrieve`: by a model, in one short call, or by a function of one's own. A query without
 * history, and a question that needs none, pass at once and cost nothing.
 *
 * The user's own words stay the question that the model answers; the call stands in the usage as `condense`.
 *
 * - Order: queries one after another. Memory: one answer of the model.
 * - Drop: unsubscribing closes the model's socket; what it used is in `query.calls`.
 * - Errors: none of the model's: the words of the question before then help the search.
 *
 * @example
 * query$.pipe(condense(model), retrieve(store), buildPrompt(), generateAnswer(model))
 */
export function condense(by: LanguageModel | Condense = withLastQuestion, options: CondenseOptions = {}): MonoTypeOperatorFunction<Query> {
  const { onFailure, attempt } = options
  const rewrite = (query: Query, history: readonly Message[]): Observable<string> => {
    if (typeof by === 'function') return defer(async () => by(query.question, history))
    const said = history.slice(-maxTurns).map(({ role, content }) => `${role}: ${content.slice(0, maxMessage)}`).join('\n\n')
    const messages = [
      { role: 'system' as const, content: task },
      { role: 'user' as const, content: `The conversation:\n\n${said}\n\nThe last question: ${query.question}` },
    ]
    return wholeText(by, { messages, temperature: 0, maxOutputTokens: maxQuestionTokens, purpose: 'condense', onUsage: (call) => query.calls?.push(call), attempt })
  }
  const condenseOne = (given: Query): Observable<Query> => {
    const history = (given.history ?? []).filter(({ role }) => role !== 'system')
    if (history.length === 0 || !isFollowUp(given.question)) return of(given)
    const query = { ...given, calls: given.calls ?? [] }
    return rewrite(query, history).pipe(
      map((text) => oneLine(text)),
      catchError((error: unknown) => {
        onFailure?.(error)
        return from([withLastQuestion(query.question, history)])
      }),
      map((standalone) => ({ ...query, ...(standalone !== '' && { standalone }), marks: [...(query.marks ?? []), mark('condensed')] })),
      // Never synchronous: `concatMap` hangs when thousands of waiting questions are answered at once.
      subscribeOn(asapScheduler),
    )
  }
  return (queries) => queries.pipe(concatMap(condenseOne))
}

/** Without a model: the question, and the one before it. */
export function withLastQuestion(question: string, history: readonly Message[]): string {
  const last = history.findLast(({ role }) => role === 'user')?.content ?? ''
  return `${question} ${last}`.trim()
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/^["“](.*)["”]$/, '$1').trim().slice(0, maxMessage)
}
