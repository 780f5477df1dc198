import { NEVER, concat, ignoreElements, of, throwError, timer } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { handler } from '../../src/server/handler.ts'
import { RagError } from '../../src/errors.ts'
import { finish, reset, text } from '../support/chunks.ts'
import { eventsIn, get, handlerOf, post, words } from './asking.ts'

const whole = 'word0 word1 word2 word3 word4 '

describe('handler', () => {
  it.each([
    ['/stream-question?query_text=What%3F', {}],
    ['/stream-question/?query_text=What%3F&top_k=3', {}],
    ['/v1/answers?question=What%3F', { accept: 'text/plain' }],
  ])('answers %s in plain text', async (path, headers) => {
    const response = await handlerOf().fetch(get(path, headers))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe(whole)
  })

  it('passes the question and what goes with it to the pipeline', async () => {
    const answer = vi.fn(() => of(text('yes'), finish()))
    const history = [{ role: 'user', content: 'before' }]
    const asked = handler({ answer, modes: ['compact'] })
    await (await asked.fetch(post('/v1/answers', { question: 'What?', top_k: 3, mode: 'compact', temperature: 0, history }))).text()
    expect(answer).toHaveBeenCalledWith({ question: 'What?', topK: 3, mode: 'compact', temperature: 0, history }, expect.anything())
  })

  it('sends chunks as server-sent events with ids of the run, without marks, and done at the end', async () => {
    const response = await handlerOf().fetch(post('/v1/answers', { question: 'What?' }))
    const run = response.headers.get('x-riffle-run')
    const events = eventsIn(await response.text())
    expect(events.map(({ event }) => event)).toEqual(['run', 'sources', ...Array.from({ length: 5 }, () => 'text'), 'usage', 'finish', 'done'])
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => `${run}-${index}`))
    expect(events.at(-1)?.data).toEqual({ type: 'done', reason: 'stop' })
  })

  it('sends them as lines of JSON when these are accepted', async () => {
    const response = await handlerOf().fetch(post('/v1/answers', { question: 'What?' }, { accept: 'application/x-ndjson' }))
    const lines = (await response.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string })
    expect(lines.map(({ type }) => type)).toEqual(['sources', 'text', 'text', 'text', 'text', 'text', 'usage', 'finish', 'done'])
  })

  it('lets two viewers see the same while it runs, and the reader of a broken connection come back', async () => {
    const told = { count: 0 }
    const asked = handlerOf({ answer: (_, { stop }) => words(40, 2, stop, told) })
    const first = await asked.fetch(get('/v1/answers?question=What%3F'))
    const run = first.headers.get('x-riffle-run')!
    const second = asked.fetch(get(`/v1/answers/${run}`)).then((response) => response.text())
    const reader = first.body!.getReader()
    let seen = ''
    while (eventsIn(seen).length < 10) seen += new TextDecoder().decode((await reader.read()).value)
    await reader.cancel()
    const last = eventsIn(seen).at(-1)!.id
    const rest = await (await asked.fetch(get('/v1/answers?question=What%3F', { 'last-event-id': last }))).text()
    const joined = [...eventsIn(seen), ...eventsIn(rest).slice(1)]
    expect(joined).toEqual(eventsIn(await second))
    expect(told.count).toBe(1)
  })

  it('refuses ids of other runs, of no run, and of events that are not there', async () => {
    const asked = handlerOf()
    const [one, two] = await Promise.all([1, 2].map(async () => (await asked.fetch(get('/v1/answers?question=a'))).headers.get('x-riffle-run')))
    const status = async (path: string, id: string) => (await asked.fetch(get(path, { 'last-event-id': id }))).status
    expect(await status(`/v1/answers/${one}`, `${two}-1`)).toBe(409)
    expect(await status(`/v1/answers/${one}`, `${one}-999`)).toBe(409)
    expect(await status(`/v1/answers/${'0'.repeat(32)}`, '')).toBe(404)
    expect(await status('/v1/answers?question=a', 'nonsense')).toBe(400)
    expect(await status('/v1/answers?question=a', `${'0'.repeat(32)}-3`)).toBe(404)
  })

  it('stops a run on request, also for a viewer that came back', async () => {
    const asked = handlerOf({ answer: (_, { stop }) => words(10_000, 1, stop) })
    const first = await asked.fetch(get('/v1/answers?question=a'))
    const run = first.headers.get('x-riffle-run')!
    const back = await asked.fetch(get(`/v1/answers/${run}`, { 'last-event-id': `${run}-1` }))
    const deleted = await asked.fetch(new Request(`http://localhost/v1/answers/${run}`, { method: 'DELETE' }))
    expect(deleted.status).toBe(202)
    for (const response of [first, back]) {
      const events = eventsIn(await response.text())
      expect(events.slice(-3).map(({ event }) => event)).toEqual(['usage', 'finish', 'done'])
      expect(events.at(-1)?.data).toEqual({ type: 'done', reason: 'stopped' })
    }
    expect(asked.stats()).toMatchObject({ running: 0 })
  })

  it('stops a pipeline that does not listen to its stop signal, by dropping it', async () => {
    const asked = handlerOf({ answer: () => concat(of(text('a')), NEVER) })
    const response = await asked.fetch(get('/v1/answers?question=a'))
    await asked.close()
    expect(eventsIn(await response.text()).at(-1)?.data).toEqual({ type: 'done', reason: 'stopped' })
  })

  it('goes on without viewers for the grace time, then stops; at once when it is 0', async () => {
    for (const graceMs of [0, 50]) {
      let stopped = 0
      const asked = handlerOf({ graceMs, answer: (_, { stop }) => (stop.subscribe(() => stopped++), words(10_000, 1, stop)) })
      const response = await asked.fetch(get('/v1/answers?question=a'))
      await response.body!.cancel()
      if (graceMs > 0) expect(stopped).toBe(0)
      await vi.waitFor(() => expect(asked.stats()).toMatchObject({ running: 0, kept: 1 }))
      expect(stopped).toBe(1)
    }
  })

  it('answers 503 with Retry-After when all places are taken, before anything is spent', async () => {
    const told = { count: 0 }
    const asked = handlerOf({ maxRuns: 1, maxQueued: 1, answer: (_, { stop }) => words(10_000, 1, stop, told) })
    const running = await asked.fetch(get('/v1/answers?question=a'))
    const waiting = await asked.fetch(get('/v1/answers?question=b'))
    const refused = await asked.fetch(get('/v1/answers?question=c'))
    expect([running.status, waiting.status, refused.status]).toEqual([200, 200, 503])
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(told.count).toBe(1)
    await running.body!.cancel()
    await asked.close()
    expect(eventsIn(await waiting.text()).at(-1)?.event).toBe('done')
  })

  it('says an error that comes before the text with a status, and breaks plain text that was begun', async () => {
    const error = new RagError('quota', 'No money left')
    const early = await handlerOf({ answer: () => throwError(() => error) }).fetch(get('/stream-question?query_text=a'))
    expect([early.status, await early.json()]).toEqual([502, { error: { code: 'quota', message: 'No money left' } }])
    const long = await handlerOf({ answer: () => throwError(() => new RagError('question-too-long', 'Too long')) }).fetch(get('/stream-question?query_text=a'))
    expect([long.status, await long.json()]).toEqual([413, { error: { code: 'question-too-long', message: 'Too long' } }])
    for (const end of [throwError(() => error), of(reset, text('b'))]) {
      const late = await handlerOf({ answer: () => concat(of(text('a')), timer(5).pipe(ignoreElements()), end) }).fetch(get('/stream-question?query_text=a'))
      await expect(late.text()).rejects.toThrow('broke off')
    }
    const unsent = await handlerOf({ answer: () => of(text('a'), reset, text('b'), finish()) }).fetch(get('/stream-question?query_text=a'))
    expect(await unsent.text()).toBe('b')
    const events = await handlerOf({ answer: () => concat(of(text('a')), throwError(() => error)) }).fetch(get('/v1/answers?question=a'))
    expect(eventsIn(await events.text()).map(({ event }) => event)).toEqual(['run', 'text', 'failed', 'done'])
  })

  it.each([
    ['a question that is missing', get('/v1/answers'), 400],
    ['a mode that is not offered', get('/v1/answers?question=a&mode=tree'), 400],
    ['top_k out of bounds', get('/stream-question?query_text=a&top_k=1000'), 400],
    ['another address', get('/v2/answers'), 404],
    ['another method', new Request('http://localhost/stream-question', { method: 'DELETE' }), 405],
    ['a form', new Request('http://localhost/v1/answers', { method: 'POST', body: 'question=a', headers: { 'content-type': 'text/plain' } }), 415],
    ['no JSON', new Request('http://localhost/v1/answers', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }), 400],
    ['a list', post('/v1/answers', []), 400],
    ['a history of something else', post('/v1/answers', { question: 'a', history: [1] }), 400],
    ['a question that is too long', post('/v1/answers', { question: 'a'.repeat(40_000) }), 413],
    ['a body that is too large', post('/v1/answers', { question: 'a', more: 'b'.repeat(2_000_000) }), 413],
  ])('refuses %s', async (_, request, status) => {
    const response = await handlerOf().fetch(request)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) as string } })
  })
})
