import { type Observable, defer, of } from 'rxjs'
import { mark } from '../internal/mark.ts'
import type { Chunk, ModelCall } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { Query } from '../types/query.ts'
import { type FindPassagesOptions, type WriteAnswerOptions, findPassages, writeAnswer } from './stages.ts'

export interface AnswerOptions extends FindPassagesOptions, WriteAnswerOptions {
  /** Stands in the query. Default: a random one. */
  readonly id?: string
  /** Earlier turns, oldest first. */
  readonly history?: readonly Message[]
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
  const { id = randomId(), history } = options
  const [find, write] = [findPassages(options), writeAnswer(options)]
  return defer(() => {
    // One for each subscription: what was paid for counts also when the query never comes to its answer.
    const calls: ModelCall[] = []
    const query: Query = { id, question, ...(history === undefined ? {} : { history }), calls, marks: [mark('accepted')] }
    return of(query).pipe(find, write(calls))
  })
}

/** Names a query among others. Not for secrets, so it need not load cryptography. */
function randomId(): string {
  return Array.from({ length: 2 }, () => Math.floor(Math.random() * 2 ** 48).toString(36).padStart(10, '0')).join('')
}
