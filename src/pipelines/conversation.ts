import { BehaviorSubject, NEVER, type Observable, type OperatorFunction, concat, concatMap, defer, filter, finalize, identity, merge, of, pipe, tap } from 'rxjs'
import { InvalidOptionError } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import { type Condense, type CondenseOptions, condense } from '../operators/condense.ts'
import type { Chunk } from '../types/chunk.ts'
import type { StopSignal } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { Query } from '../types/query.ts'
import { type AnswerOptions, answer } from './answer.ts'
import { type ChatMemory, createChatMemory } from './chatMemory.ts'

export interface ConversationOptions extends Omit<AnswerOptions, 'id' | 'history'> {
  /** Default: 2,000 tokens, older turns left out. */
  readonly memory?: ChatMemory
  /** Makes a follow-up understandable alone, for the search. Default: the words of the question before help. */
  readonly condense?: LanguageModel | Condense
  /** Of the call that does so: time limits and retries (default: `attempt`), and who is told when it fails. */
  readonly condenseOptions?: CondenseOptions
}

/** A conversation over the passages of a store. */
export interface Conversation {
  readonly memory: ChatMemory
  /** Answers one question; what came of the answer is remembered, also when it was stopped or failed. One at a time. */
  ask(question: string, options?: { readonly stop?: StopSignal }): Observable<Chunk>
}

/**
 * Remembers what was said, and answers each question with it: follow-ups are made understandable alone before they are searched for.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * const talk = conversation({ store, model, condense: model })
 * talk.ask('How do I limit mergeMap?').pipe(toStdout())
 */
export function conversation(options: ConversationOptions): Conversation {
  const { memory = createChatMemory(), condense: by, condenseOptions, attempt, expand = identity } = options
  const standalone = condense(by, { ...defined({ attempt }), ...condenseOptions })
  const before = pipe(
    tap(({ calls }: Query) => void calls?.push(...memory.takeCalls())),
    standalone,
    expand,
  )

  return {
    memory,
    ask: (question, { stop = NEVER } = {}) =>
      defer(() => {
        const texts: string[] = []
        let ended: 'stopped' | 'failed' | undefined = 'failed'
        const take = (chunk: Chunk) => {
          if (chunk.type === 'text') texts.push(chunk.text)
          else if (chunk.type === 'reset') texts.length = 0
          else if (chunk.type === 'finish') ended = chunk.reason === 'stopped' ? 'stopped' : undefined
        }
        const remember = () => {
          const text = texts.join('')
          if (text !== '' || ended === undefined) memory.add({ question, answer: text, ...(ended !== undefined && { ended }) })
        }
        const stopped = options.stop === undefined ? stop : merge(stop, options.stop)
        return answer(question, { ...options, stop: stopped, history: memory.history(), expand: before }).pipe(tap(take), finalize(remember))
      }),
  }
}

export interface ChatOptions extends ConversationOptions {
  /** What a question does that comes while another is answered: it stops that answer, or waits for its end. Default `stop`. */
  readonly whenBusy?: 'stop' | 'queue'
}

/**
 * A conversation as an operator: questions in, the chunks of their answers out, one answer after another, each with a `turn` before
 * and ending with its `finish`. A question that is overtaken by another before its turn is passed over, with `stop`.
 *
 * - Order: answers in the order of the questions. Memory: the conversation within its budget; with `queue` the questions that wait.
 * - Drop: unsubscribing drops the answer that is running. Completing waits for the last answer.
 * - Errors: the first answer that fails ends the stream; `conversation` is for those who go on.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * lines$.pipe(chat({ store, model, condense: model })).subscribe(show)
 */
export function chat(options: ChatOptions): OperatorFunction<string, Chunk> {
  const { whenBusy = 'stop' } = options
  if (whenBusy !== 'stop' && whenBusy !== 'queue') throw new InvalidOptionError(`Expected whenBusy to be stop or queue, got ${String(whenBusy)}`)
  return (questions) =>
    defer(() => {
      const { ask } = conversation(options)
      /** The number of the last question; known also to an answer that begins after it came. */
      const last = new BehaviorSubject(0)
      return questions.pipe(
        tap(() => last.next(last.value + 1)),
        concatMap((question, index) =>
          defer(() => {
            const number = index + 1
            if (whenBusy === 'stop' && number < last.value) return []
            const stop = whenBusy === 'stop' ? last.pipe(filter((later) => later > number)) : NEVER
            return concat(of<Chunk>({ type: 'turn', number, question }), ask(question, { stop }))
          }),
        ),
      )
    })
}
