import { afterEach, describe, expect, it, vi } from 'vitest'
import { embeddingOf } from '../../src/simulator/embeddings.ts'
import { piecesOf } from '../../src/simulator/tokens.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator.ts'
import { until } from '../wire/until.ts'

let simulator: Simulator | undefined
afterEach(async () => {
  vi.useRealTimers()
  await simulator?.close()
  simulator = undefined
})
const simulate = async (options: SimulatorOptions = {}) => (simulator = await startSimulator(options))

const ask = ({ url }: Simulator, more: object = {}, path = '/chat/completions', headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ model: 'm', stream: true, messages: [], ...more }) })

const payloadsOf = async (response: Response) =>
  (await response.text()).split('\n\n').filter((event) => event !== '').map((event) => (event === 'data: [DONE]' ? 'done' : (JSON.parse(event.slice(6)) as object)))

const delta = (content: object, finish_reason: string | null = null) => ({ choices: [{ index: 0, delta: content, finish_reason }] })

async function turns(done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 || !done(); turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('startSimulator', () => {
  it('streams the scripted text by tokens, then the finish reason and [DONE]', async () => {
    const response = await ask(await simulate({ script: { text: 'One two.' } }))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await payloadsOf(response)).toMatchObject([
      delta({ role: 'assistant', content: '' }),
      delta({ content: 'One' }),
      delta({ content: ' two.' }),
      delta({}, 'stop'),
      'done',
    ])
  })

  it('reports usage when it is asked to', async () => {
    const started = await simulate({ script: { text: 'One two.' } })
    const payloads = await payloadsOf(await ask(started, { stream_options: { include_usage: true }, messages: [{ content: 'a b c' }] }))
    expect(payloads.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })
  })

  it('gives the whole answer at once when no stream is asked for', async () => {
    const response = await ask(await simulate({ script: { text: 'One two.', reasoning: 'Hm.' } }), { stream: false })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'One two.', reasoning_content: 'Hm.' }, finish_reason: 'stop' }] })
  })

  it('answers each request with the next answer of a list, and then with the last', async () => {
    const started = await simulate({ script: [{ text: 'a' }, { text: 'b' }] })
    for (const text of ['a', 'b', 'b']) {
      expect(await (await ask(started, { stream: false })).json()).toMatchObject({ choices: [{ message: { content: text } }] })
    }
  })

  it('lets a function choose by the request', async () => {
    const started = await simulate({ script: ({ body }) => ({ text: (body as { model: string }).model }) })
    expect(await (await ask(started, { stream: false, model: 'chosen' })).json()).toMatchObject({ choices: [{ message: { content: 'chosen' } }] })
  })

  it('waits where the script says so', async () => {
    const started = await simulate({ script: { text: 'a b', headersDelayMs: 1000, firstDelayMs: 100, delayMs: 10 } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const answered = ask(started).then((response) => response.text())
    const writes = () => started.record.requests[0]?.writes.length ?? 0
    await turns(() => started.record.requests.length === 1)
    // The headers and the first event; the first text; the second; the finish reason; [DONE].
    for (const [index, milliseconds] of [1000, 100, 10, 10, 10].entries()) {
      vi.advanceTimersByTime(milliseconds - 1)
      await turns(() => true)
      expect(writes()).toBe(index)
      vi.advanceTimersByTime(1)
      await turns(() => writes() === index + 1)
    }
    expect(await answered).toMatch(/\[DONE\]\n\n$/)
  })

  it('wants the key when told to, and does not keep it', async () => {
    const started = await simulate({ requireKey: 'sk-abc' })
    expect((await ask(started)).status).toBe(401)
    expect((await ask(started, {}, '/models', { authorization: 'Bearer sk-abc' })).status).toBe(200)
    expect(JSON.stringify(started.record)).not.toContain('sk-abc')
  })

  it('knows its models', async () => {
    const started = await simulate({ models: ['a', 'b'] })
    expect(await (await fetch(`${started.url}/models`)).json()).toMatchObject({ data: [{ id: 'a' }, { id: 'b' }] })
    expect((await ask(started)).status).toBe(404)
    expect((await ask(started, { model: 'b' })).status).toBe(200)
    expect((await ask(started, { model: 'b' }, '/elsewhere')).status).toBe(404)
  })

  it('embeds texts by their words alone', async () => {
    const started = await simulate()
    const response = await ask(started, { input: ['red green', 'green'], dimensions: 16 }, '/embeddings')
    const { data } = (await response.json()) as { data: { embedding: number[] }[] }
    expect(data.map(({ embedding }) => embedding)).toEqual([[...embeddingOf('red green', 16)], [...embeddingOf('green', 16)]])
  })

  it('has embeddings of the length that it is told, unless a request asks for another', async () => {
    const started = await simulate({ dimensions: 1536 })
    const lengthOf = async (body: object) => {
      const { data } = (await (await ask(started, { input: 'red', ...body }, '/embeddings')).json()) as { data: { embedding: number[] }[] }
      return data[0]?.embedding.length
    }
    expect([await lengthOf({}), await lengthOf({ dimensions: 8 })]).toEqual([1536, 8])
    await expect(simulate({ dimensions: 0 })).rejects.toThrow('dimensions')
  })

  it.each([64, 1536])('brings texts that share words near each other, with %d numbers', (dimensions) => {
    const [one, alike, other] = ['the red house', 'a red house', 'some green tree'].map((text) => embeddingOf(text, dimensions))
    const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, index) => sum + value * b[index]!, 0)
    expect(product(one!, one!)).toBeCloseTo(1, 5)
    expect(product(one!, alike!)).toBeGreaterThan(product(one!, other!) + 0.3)
  })

  it('listens on 127.0.0.1 only', async () => {
    expect((await simulate()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
  })

  it('does not mind a body that is no JSON', async () => {
    const { url } = await simulate({ script: { text: 'a' } })
    expect((await fetch(`${url}/chat/completions`, { method: 'POST', body: '{' })).status).toBe(200)
  })
})

describe('the record', () => {
  it('has every event with its time and the bytes so far', async () => {
    const started = await simulate({ script: { text: 'One two.' } })
    const body = await (await ask(started)).text()
    const [request] = started.record.requests
    await until(() => request?.end !== undefined)
    expect(request?.writes).toHaveLength(5)
    expect(request?.writes.at(-1)?.bytes).toBe(Buffer.byteLength(body))
    expect(request).toMatchObject({ status: 200, end: { by: 'finished' }, bytes: Buffer.byteLength(body) })
  })

  it('says that the client closed', async () => {
    const started = await simulate({ script: { fault: { type: 'stall', afterEvents: 2 } } })
    const response = await ask(started)
    await response.body?.cancel()
    await until(() => started.record.sockets[0]?.closed !== undefined)
    expect(started.record.sockets[0]).toMatchObject({ requests: 1, closed: { by: 'client' } })
    expect(started.record.requests[0]).toMatchObject({ status: 200, end: { by: 'client' } })
    expect(started.record.requests[0]?.writes).toHaveLength(2)
  })

  it.each([{ type: 'close', afterEvents: 2 } as const, { type: 'reset', afterBytes: 10 } as const])('says that the server closed, with %j', async (fault) => {
    const started = await simulate({ script: { fault } })
    await expect(ask(started).then((response) => response.text())).rejects.toThrow()
    await until(() => started.record.sockets[0]?.closed !== undefined)
    expect(started.record.sockets[0]?.closed?.by).toBe('server')
    expect(started.record.requests[0]?.end?.by).toBe('server')
  })
})

describe('a fault', () => {
  it('cuts the body after so many bytes, and ends it properly', async () => {
    const whole = await (await ask(await simulate({ script: { text: 'One two.' } }))).text()
    await simulator?.close()
    const started = await simulate({ script: { text: 'One two.', fault: { type: 'cut', afterBytes: 100 } } })
    expect(await (await ask(started)).text()).toBe(whole.slice(0, 100))
  })

  it('cuts before the first byte', async () => {
    expect(await (await ask(await simulate({ script: { fault: { type: 'cut', afterBytes: 0 } } }))).text()).toBe('')
  })

  it('sends an error in the place of an event', async () => {
    const started = await simulate({ script: [{ fault: { type: 'error-object', afterEvents: 1 } }, { fault: { type: 'error-event', afterEvents: 1, error: 'busy' } }] })
    expect((await (await ask(started)).text()).split('\n\n')[1]).toMatch(/^data: \{"error":\{"message"/)
    expect((await (await ask(started)).text()).split('\n\n')[1]).toBe('event: error\ndata: {"error":"busy"}')
  })

  it('is a status with headers', async () => {
    const response = await ask(await simulate({ script: { fault: { type: 'status', status: 429, headers: { 'retry-after': '7' } } } }))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toMatchObject({ error: { message: 'Simulated status 429' } })
  })

  it('is another content', async () => {
    const response = await ask(await simulate({ script: { fault: { type: 'content', contentType: 'text/html', body: '<p>' } } }))
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/html', '<p>'])
  })
})

describe('piecesOf', () => {
  it('loses nothing and cuts no character', () => {
    const text = ' A sentence, with aVeryLongWordInside 😀😀😀😀😀😀😀😀😀😀 and\n\nblank ends  '
    const pieces = [...piecesOf(text, 1)]
    expect(pieces.join('')).toBe(text)
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
  })
})
