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

/**
 * The calls of one answer, each with its own attempts. Each mark is passed on of the first call that gives it: times to the first
 * text are those of the first call, with all its attempts.
 */
export function createCalls(model: LanguageModel, request: CompletionRequest, { attempt = identity, draftTokens }: ModeSettings): Ask {
  const markedBy = new Map<MarkName, Call>()
  const isOfFirst = (call: Call) => (chunk: Chunk) => {
    if (chunk.type !== 'mark') return true
    // The text of a draft is not the answer's.
    if (call.isDraft === true && (chunk.name === 'visible1' || chunk.name === 'last' || chunk.name === 'finished')) return false
    // The last call ends the answer.
    if (chunk.name === 'last' || chunk.name === 'finished') return true
    if (!markedBy.has(chunk.name)) markedBy.set(chunk.name, call)
    return markedBy.get(chunk.name) === call
  }
  const lengthOf = (isDraft: boolean) => (isDraft ? { maxOutputTokens: Math.min(draftTokens, request.maxOutputTokens ?? draftTokens) } : {})
  return (call) => {
    const { messages, purpose, query, isDraft = false } = call
    const asked: CompletionRequest = { ...request, ...lengthOf(isDraft), messages, query, onUsage: (used) => request.onUsage?.({ ...used, purpose }) }
    let number = request.attempt ?? 1
    const answer = defer(() => model.stream({ ...asked, attempt: number++ })).pipe(attempt, failUnfinished(model.id))
    return concat(of(mark('prompted')), answer).pipe(filter(isOfFirst(call)))
  }
}
