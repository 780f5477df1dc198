import { type MonoTypeOperatorFunction, type Observable, type OperatorFunction, defer, identity, of } from 'rxjs'
import { mark } from '../internal/mark.ts'
import { type BuildPromptOptions, buildPrompt } from '../operators/buildPrompt.ts'
import { cite } from '../operators/cite.ts'
import { type GenerateAnswerOptions, generateAnswer } from '../operators/generateAnswer.ts'
import { type RetrieveOptions, retrieve } from '../operators/retrieve.ts'
import type { Chunk, ModelCall } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { LanguageModel, PassageStore } from '../types/ports.ts'
import type { Query, RetrievedQuery } from '../types/query.ts'

export interface AnswerOptions extends RetrieveOptions, BuildPromptOptions, Omit<GenerateAnswerOptions, 'calls'> {
  readonly store: PassageStore | readonly PassageStore[]
  readonly model: LanguageModel
  /** Stands in the query. Default: a random one. */
  readonly id?: string
  /** Earlier turns, oldest first. */
  readonly history?: readonly Message[]
  /** What happens to the question before it is searched for: `expandQuestion`. */
  readonly expand?: MonoTypeOperatorFunction<Query>
  /** What happens to the passages before the model reads them: `rerank`, `diversify`, `withNeighbours`, in `pipe` when there are several. */
  readonly afterRetrieve?: OperatorFunction<RetrievedQuery, RetrievedQuery>
}

/**
 * Answers a question from the passages of a store: the pipeline that command line, batch, bench and server share.
 *
 * Cold: every subscription retrieves and asks the model once; what several parties watch goes through `fanOut`.
 *
 * - Order: marks, `sources`, text with the `citation`s in it, `usage`, `finish`. Memory: the passages of the question.
 * - Drop: unsubscribing ends search, embedding and generation, down to the socket. Stop: `options.stop`.
 * - Errors: of embedder, store or model.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * answer('How do I limit mergeMap?', { store, model }).pipe(toStdout())
 */
export function answer(question: string, options: AnswerOptions): Observable<Chunk> {
  const { store, model, id = randomId(), history, expand = identity, afterRetrieve = identity } = options
  const [search, prompt] = [retrieve(store, options), model.makesPrompts ? identity : buildPrompt(options)]
  return defer(() => {
    // One for each subscription: what was paid for counts also when the query never comes to its answer.
    const calls: ModelCall[] = []
    const query: Query = { id, question, ...(history === undefined ? {} : { history }), calls, marks: [mark('accepted')] }
    return of(query).pipe(expand, search, afterRetrieve, prompt, generateAnswer(model, { ...options, calls }), cite())
  })
}

/** Names a query among others. Not for secrets, so it need not load cryptography. */
function randomId(): string {
  return Array.from({ length: 2 }, () => Math.floor(Math.random() * 2 ** 48).toString(36).padStart(10, '0')).join('')
}
