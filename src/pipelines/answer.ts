import { type Observable, defer, identity, of } from 'rxjs'
import { mark } from '../internal/mark.ts'
import { type BuildPromptOptions, buildPrompt } from '../operators/buildPrompt.ts'
import { type GenerateAnswerOptions, generateAnswer } from '../operators/generateAnswer.ts'
import { type RetrieveOptions, retrieve } from '../operators/retrieve.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Message } from '../types/completion.ts'
import type { LanguageModel, PassageStore } from '../types/ports.ts'
import type { Query } from '../types/query.ts'

export interface AnswerOptions extends RetrieveOptions, BuildPromptOptions, GenerateAnswerOptions {
  readonly store: PassageStore | readonly PassageStore[]
  readonly model: LanguageModel
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
 * - Order: marks, `sources`, text, `usage`, `finish`. Memory: the passages of the question.
 * - Drop: unsubscribing ends search, embedding and generation, down to the socket. Stop: `options.stop`.
 * - Errors: of embedder, store or model.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * answer('How do I limit mergeMap?', { store, model }).pipe(toStdout())
 */
export function answer(question: string, options: AnswerOptions): Observable<Chunk> {
  const { store, model, id = randomId(), history } = options
  const query = defer(() => of<Query>({ id, question, ...(history === undefined ? {} : { history }), marks: [mark('accepted')] }))

  return query.pipe(retrieve(store, options), model.makesPrompts ? identity : buildPrompt(options), generateAnswer(model, options))
}

/** Names a query among others. Not for secrets, so it need not load cryptography. */
function randomId(): string {
  return Array.from({ length: 2 }, () => Math.floor(Math.random() * 2 ** 48).toString(36).padStart(10, '0')).join('')
}
