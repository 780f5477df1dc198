import {
  EMPTY, type Observable, type OperatorFunction, catchError, connect, defer, distinctUntilChanged, filter, finalize, map, merge, of, shareReplay, switchMap, tap, timer,
} from 'rxjs'
import { mark } from '../internal/mark.ts'
import { requireDuration } from '../internal/requireDuration.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Query, RetrievedQuery } from '../types/query.ts'
import type { AnswerOptions } from './answer.ts'
import { findPassages, writeAnswer } from './stages.ts'

/** The text of an input field as it is now. */
export interface TypedText {
  readonly text: string
  /** Enter was pressed: this is the question. */
  readonly submitted?: boolean
}

export interface AnswerAsYouTypeOptions extends Omit<AnswerOptions, 'id'> {
  /** Passages are looked up after a pause of so many milliseconds. Default 150. */
  readonly debounceMs?: number
  /** Shorter texts are not looked up ahead. Default 3. */
  readonly minCharacters?: number
}

/**
 * Looks passages up while a question is still being typed, and answers when it is submitted: when the text is the one that was looked
 * up last, there is nothing left to wait for but the model. Only what was submitted is generated.
 *
 * While typing, the passages found come as `sources`; a submitted text begins an answer of its own, from `accepted` to `finish`.
 * What is typed on meanwhile is looked up, but its passages are not shown among those of the answer.
 *
 * - Order: `sources` of what was typed last; a further submission drops the answer that is running.
 * - Memory: the passages of one text. Drop: unsubscribing drops look-up and answer.
 * - Errors: of store, embedder and model. What fails while typing is forgotten: it is asked again on submission.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * keystrokes$.pipe(answerAsYouType({ store, model })).subscribe(show)
 */
export function answerAsYouType(options: AnswerAsYouTypeOptions): OperatorFunction<TypedText, Chunk> {
  const { history, debounceMs = 150, minCharacters = 3 } = options
  requireDuration('debounceMs', debounceMs, '0 or more')
  const [find, write] = [findPassages(options), writeAnswer(options)]

  return (typed) =>
    defer(() => {
      let number = 0
      let ahead: { readonly question: string; readonly found: Observable<RetrievedQuery> } | undefined
      let answering = false
      /** The look-up whose calls stand in the usage of an answer. */
      let counted: Observable<RetrievedQuery> | undefined
      const lookUp = (question: string): Observable<RetrievedQuery> => {
        const query: Query = { id: String(++number), question, calls: [], ...(history !== undefined && { history }) }
        const found = of(query).pipe(find, shareReplay({ bufferSize: 1, refCount: true }))
        ahead = { question, found }
        return found
      }
      const preview = (question: string): Observable<Chunk> => {
        const sources = defer(() => lookUp(question)).pipe(filter(() => !answering), map(({ passages }): Chunk => ({ type: 'sources', passages })))
        return timer(debounceMs).pipe(
          switchMap(() => sources),
          catchError(() => {
            ahead = undefined
            return EMPTY
          }),
        )
      }
      const answer = (question: string, text: string): Observable<Chunk> => {
        const accepted = mark('accepted')
        answering = true
        const found = ahead?.question === question ? ahead.found : lookUp(question)
        return found.pipe(
          map((query) => ({
            ...query,
            question: text,
            calls: counted === found ? [] : (query.calls ?? []),
            // What was done before does not count: times begin with the submission.
            marks: [accepted, ...(query.marks ?? []).map((passed) => ({ ...passed, at: Math.max(passed.at, accepted.at) }))],
          })),
          write(),
          tap(({ type }) => {
            if (type === 'usage') counted = found
          }),
          finalize(() => (answering = false)),
        )
      }
      // Compared and looked up without regard to blanks and lines; answered as it was typed.
      const texts = typed.pipe(map(({ text, submitted = false }) => ({ question: text.trim().replace(/\s+/g, ' '), text: text.trim(), submitted })))
      return texts.pipe(
        // The answer first: what it shares with the preview is not let go in between.
        connect((all) =>
          merge(
            all.pipe(filter(({ question, submitted }) => submitted && question !== ''), switchMap(({ question, text }) => answer(question, text))),
            all.pipe(
              distinctUntilChanged((a, b) => a.question === b.question && a.submitted === b.submitted),
              switchMap(({ question, submitted }) => (submitted || question.length < minCharacters ? EMPTY : preview(question))),
            ),
          ),
        ),
      )
    })
}
