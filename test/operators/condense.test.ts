import { NEVER, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { isFollowUp } from '../../src/internal/isFollowUp.ts'
import { condense } from '../../src/operators/condense.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { Query } from '../../src/types/query.ts'
import { call, finish, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

const history = [{ role: 'user' as const, content: 'What is a gate?' }, { role: 'assistant' as const, content: 'It holds the reader.' }]
const query = (question: string, more: Partial<Query> = {}): Query => ({ id: '1', question, history, calls: [], ...more })

describe('isFollowUp', () => {
  it.each(['and how does it fail?', 'Why?', 'What about retries?', 'How do I close them?', 'Is this bounded?', 'more', 'Does that apply to the limiter too?', 'ok, show an example'])(
    'takes %s for one', (question) => expect(isFollowUp(question)).toBe(true))
  it.each(['How do I limit the concurrency of mergeMap?', 'What does the retry budget refund?', 'Which file formats are read?'])(
    'takes %s for none', (question) => expect(isFollowUp(question)).toBe(false))
})

describe('condense', () => {
  const model = (requests: CompletionRequest[] = []) =>
    scriptedModel((request) => {
      requests.push(request)
      return reporting(of(text('"How does a gate\nfail?"'), finish()), request, call(7, 3))
    })

  it('makes a follow-up understandable alone; the words of the user stay the question', async () => {
    const requests: CompletionRequest[] = []
    const condensed = await lastValueFrom(of(query('and how does it fail?')).pipe(condense(model(requests))))
    expect(condensed).toMatchObject({ question: 'and how does it fail?', standalone: 'How does a gate fail?', calls: [{ purpose: 'condense', inputTokens: 7 }] })
    expect(condensed.marks).toMatchObject([{ name: 'condensed' }])
    expect(requests[0]!.messages.at(-1)!.content).toContain('user: What is a gate?')
  })

  it('lets what needs none pass at once, without a call', () => {
    marbles(({ cold, expectObservable }) => {
      const asked = { a: query('How do I limit mergeMap calls?'), b: query('Why?', { history: [] }) }
      const never = scriptedModel(() => { throw new Error('asked') })
      expectObservable(cold('a-b-|', asked).pipe(condense(never))).toBe('a-b-|', asked)
    })
  })

  it('helps with the words of the question before when there is no model, or it fails', async () => {
    const failed = vi.fn()
    const broken = scriptedModel(() => throwError(() => new Error('broken')))
    const queries = of(query('and how does it fail?'))
    for (const operator of [condense(), condense(broken, { onFailure: failed }), condense(() => Promise.resolve('and how does it fail? What is a gate?'))]) {
      expect((await lastValueFrom(queries.pipe(operator))).standalone).toBe('and how does it fail? What is a gate?')
    }
    expect(failed).toHaveBeenCalledOnce()
  })

  it('keeps the order, drops the call when it is dropped, and bears 10,000 questions at once', async () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold('--(tf)', { t: text('alone'), f: finish() })
      const request = scriptedModel(() => answer)
      expectObservable(of(query('Why?')).pipe(condense(request)), '-!').toBe('--')
      expectSubscriptions(answer.subscriptions).toBe('^!')
      expectObservable(NEVER.pipe(condense(request))).toBe('-')
    })
    const many = range(0, 10_000).pipe(map((index) => query('Why?', { id: String(index) })), condense(() => 'alone'), toArray())
    expect((await lastValueFrom(many)).map(({ id }) => Number(id))).toEqual(Array.from({ length: 10_000 }, (_, index) => index))
  })
})
