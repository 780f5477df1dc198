import { type Observable, concat, defer, filter, identity, of } from 'rxjs'
import { mark } from '../internal/mark.ts'
import { failUnfinished } from '../internal/failUnfinished.ts'
import type { Chunk, MarkName } from '../types/chunk.ts'
import type { CompletionRequest, Message } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'
import type { ModeSettings } from './options.ts'

/** What one of the calls of an answer is asked. */
export interface Call {
  readonly messages: readonly Message[]
  /** Stands in its usage. */
  readonly purpose: string
  /** Its text goes into another prompt, so it may not be longer than the room for it. */
  readonly isDraft?: boolean
  /** For models that quote passages instead of reading messages. */
  readonly query: Query
}

/** Makes one call of a model; what it used is told to the request that it is made for. */
export type Ask = (call: Call) => Observable<Chunk>

/** The calls of one answer, each with its own attempts. A mark is passed on once: times to the first text are those of the first call. */
export function createCalls(model: LanguageModel, request: CompletionRequest, { attempt = identity, answerTokens }: ModeSettings): Ask {
  const marked = new Set<MarkName>()
  const isNew = (chunk: Chunk) => {
    if (chunk.type !== 'mark') return true
    // The last call ends the answer.
    if (chunk.name === 'last' || chunk.name === 'finished') return true
    const known = marked.has(chunk.name)
    marked.add(chunk.name)
    return !known
  }
  const lengthOf = (isDraft: boolean) => (isDraft ? { maxOutputTokens: Math.min(answerTokens, request.maxOutputTokens ?? answerTokens) } : {})
  return ({ messages, purpose, query, isDraft = false }) => {
    const call: CompletionRequest = { ...request, ...lengthOf(isDraft), messages, query, onUsage: (used) => request.onUsage?.({ ...used, purpose }) }
    const answer = defer(() => model.stream(call)).pipe(attempt, failUnfinished(model.id))
    return concat(of(mark('prompted')), answer).pipe(filter(isNew))
  }
}
