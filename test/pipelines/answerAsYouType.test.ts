import { type Observable, Subject, asyncScheduler, delay, from, map, of, throwError } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { expandQuestion } from '../../src/operators/expandQuestion.ts'
import { type AnswerAsYouTypeOptions, type TypedText, answerAsYouType } from '../../src/pipelines/answerAsYouType.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { ScoredPassage } from '../../src/types/document.ts'
import type { PassageStore, SearchRequest } from '../../src/types/ports.ts'
import { call, finish, text } from '../support/chunks.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { scoredPassage } from '../support/passage.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

const question = 'how do I limit the concurrency of mergeMap'
const keystrokes = Array.from(question, (_, index): TypedText => ({ text: question.slice(0, index + 1) }))

/** Runs typing in virtual time; each entry is a text and when it is typed. */
function typing(entries: readonly (readonly [ms: number, typed: TypedText])[], searchMs: number, fail?: (request: SearchRequest) => boolean, more: Partial<AnswerAsYouTypeOptions> = {}) {
  const searches: { text: string; at: number; ended: boolean }[] = []
  const generated: string[] = []
  const chunks: { at: number; chunk: Chunk }[] = []
  let error: unknown
  new TestScheduler(() => undefined).run(({ flush, cold }) => {
    const now = () => asyncScheduler.now()
    const store: PassageStore = {
      ...fakeStore({}),
      search: (request): Observable<readonly ScoredPassage[]> => {
        const search = { text: request.text, at: now(), ended: false }
        searches.push(search)
        if (fail?.(request) === true) return throwError(() => new Error('broken'))
        return of([scoredPassage('mergeMap takes a second argument')]).pipe(delay(searchMs))
      },
    }
    const model = scriptedModel((request) => {
      generated.push(request.query!.question)
      return from<Chunk[]>([text('so'), finish()])
    })
    const typed = new Subject<TypedText>()
    for (const [ms, entry] of entries) cold(`${ms}ms a`).subscribe(() => typed.next(entry))
    typed.pipe(answerAsYouType({ store, model, ...more })).subscribe({ next: (chunk) => chunks.push({ at: now(), chunk }), error: (failure: unknown) => (error = failure) })
    flush()
  })
  return { searches, generated, chunks, error }
}

describe('answerAsYouType', () => {
  it('generates once for 40 keystrokes, looks up at each pause only, and has nothing left to look up at Enter', () => {
    // Five pauses of 300 ms; all else is typed fast.
    let ms = 0
    const entries = keystrokes.map((typed, index) => [(ms += index % 8 === 7 ? 300 : 60), typed] as const)
    const enter = ms + 400
    const { searches, generated, chunks } = typing([...entries, [enter, { text: question, submitted: true }]], 50)
    expect(keystrokes.length).toBeGreaterThanOrEqual(40)
    expect(generated).toEqual([question])
    expect(searches.length).toBeLessThanOrEqual(6)
    expect(searches.filter(({ at }) => at >= enter)).toEqual([])
    expect(chunks.find(({ chunk }) => chunk.type === 'text')?.at).toBe(enter)
    expect(chunks.at(-1)?.chunk).toEqual(finish())
  })

  it('looks up on Enter what was not looked up yet, and does not wait for the pause', () => {
    const { searches, generated } = typing([[0, { text: 'how do' }], [10, { text: 'how do I stop', submitted: true }]], 50)
    expect(searches.map(({ text: searched, at }) => [searched, at])).toEqual([['how do I stop', 10]])
    expect(generated).toEqual(['how do I stop'])
  })

  it('shares a look-up that is still running at Enter', () => {
    const { searches, chunks } = typing([[0, { text: 'how do I' }], [200, { text: 'how do  I ', submitted: true }]], 100)
    expect(searches).toHaveLength(1)
    expect(chunks.find(({ chunk }) => chunk.type === 'text')?.at).toBe(250)
  })

  it('drops what is stale, and shows the passages of what was typed last', () => {
    const { chunks } = typing([[0, { text: 'alpha' }], [160, { text: 'alphabet' }], [900, { text: 'alphabet ' }]], 100)
    expect(chunks.map(({ at, chunk }) => [at, chunk.type])).toEqual([[410, 'sources']])
  })

  it('forgets a failure while typing, and asks again on submission', () => {
    let first = true
    const { searches, generated, error } = typing([[0, { text: 'how do I' }], [500, { text: 'how do I', submitted: true }]], 10, () => first && !(first = false))
    expect(error).toBeUndefined()
    expect(searches).toHaveLength(2)
    expect(generated).toEqual(['how do I'])
  })

  it('drops the answer that is running for a further question, and looks nothing up for a few letters', () => {
    const { searches, generated } = typing([[0, { text: 'a' }], [400, { text: 'first?', submitted: true }], [420, { text: 'second?', submitted: true }]], 50)
    expect(searches.map(({ text: searched }) => searched)).toEqual(['first?', 'second?'])
    expect(generated).toEqual(['second?'])
  })

  it('shows no passages of what is typed on among those of an answer, and has them at Enter', () => {
    const slow = { model: scriptedModel(() => from<Chunk[]>([text('so'), finish()]).pipe(delay(500))) }
    const { searches, chunks } = typing([[0, { text: 'first?', submitted: true }], [100, { text: 'second?' }], [900, { text: 'second?', submitted: true }]], 50, undefined, slow)
    expect(searches.map(({ text: searched, at }) => [searched, at])).toEqual([['first?', 0], ['second?', 250]])
    expect(chunks.flatMap(({ chunk: { type } }) => (type === 'sources' || type === 'text' || type === 'finish' ? [type] : []))).toEqual(['sources', 'text', 'finish', 'sources', 'text', 'finish'])
  })

  it('asks with the lines and blanks that were typed', () => {
    expect(typing([[0, { text: ' if a:\n  b\n', submitted: true }]], 50).generated).toEqual(['if a:\n  b'])
  })

  it('counts what a look-up cost once, also when its text is asked again', () => {
    const writer = scriptedModel((request) => reporting(from<Chunk[]>([text('limit of mergeMap'), finish()]), request, call(7, 1)))
    const entry = { text: 'how do I stop', submitted: true }
    const { searches, chunks } = typing([[0, entry], [500, entry]], 50, undefined, { expand: expandQuestion(writer) })
    expect(searches).toHaveLength(2)
    expect(chunks.flatMap(({ chunk }) => (chunk.type === 'usage' ? [chunk.inputTokens] : []))).toEqual([7, 0])
  })

  it('expands the question and goes on with the passages as `answer` does', () => {
    const more: Partial<AnswerAsYouTypeOptions> = {
      expand: expandQuestion(() => ['limit of mergeMap']),
      afterRetrieve: map((query) => ({ ...query, passages: [] })),
    }
    const { searches, chunks } = typing([[0, { text: 'how do I stop', submitted: true }]], 50, undefined, more)
    expect(searches.map(({ text: searched }) => searched)).toEqual(['how do I stop', 'limit of mergeMap'])
    expect(chunks.find(({ chunk }) => chunk.type === 'sources')?.chunk).toEqual({ type: 'sources', passages: [] })
  })
})
