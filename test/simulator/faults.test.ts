import { once } from 'node:events'
import { Agent, type IncomingMessage, request as post } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { type Fault, type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import { until } from '../wire/until.ts'
import { type RawExchange, type RawResponse, answered, ask, eventsIn, simulate, streamed } from './rawExchange.ts'

const script: ScriptedAnswer = { text: 'The heron waits — in the shallow water.' }
const whole = await wholeAnswer(true)
const wholeAtOnce = await wholeAnswer(false)
const events = eventsIn(whole)

async function wholeAnswer(stream: boolean): Promise<string> {
  const simulator = await startSimulator({ script })
  const response = await fetch(`${simulator.url}/chat/completions`, { method: 'POST', body: JSON.stringify({ ...streamed, stream }) })
  const body = await response.text()
  await simulator.close()
  return body
}

async function withFault(fault: Fault, stream = true): Promise<{ simulator: Simulator; exchange: RawExchange }> {
  const simulator = await simulate({ script: { ...script, fault } })
  return { simulator, exchange: ask(simulator, { body: { ...streamed, stream } }) }
}

/** Nothing more comes: after a request on another connection has been answered, too. */
async function stands(simulator: Simulator, { pieces, ending }: RawExchange): Promise<boolean> {
  const before = pieces.length
  for (let round = 0; round < 5; round++) await fetch(`${simulator.url}/models`).then((response) => response.text())
  return ending === 'none' && pieces.length === before
}

describe('the whole answer', () => {
  it('has a role, eight tokens, a finish reason and an end', () => {
    expect(events).toHaveLength(11)
    expect(events[0]).toContain('"role":"assistant"')
    expect(events.slice(-2)).toEqual([expect.stringContaining('"finish_reason":"stop"'), 'data: [DONE]\n\n'])
  })
})

describe.each(['cut', 'close', 'reset', 'stall'] as const)('%s', (type) => {
  const expectEnding = async (simulator: Simulator, exchange: RawExchange, sent: string) => {
    await until(() => exchange.response.body === sent && exchange.response.status === 200)
    if (type === 'stall') {
      expect(await stands(simulator, exchange)).toBe(true)
    } else {
      await until(() => exchange.response.isWhole || exchange.ending !== 'none')
      expect([exchange.response.body, exchange.response.isWhole, exchange.ending]).toEqual([sent, type === 'cut', { cut: 'none', close: 'end', reset: 'reset' }[type]])
    }
  }

  it('comes after any number of events', async () => {
    for (let count = 0; count <= events.length + 1; count++) {
      const { simulator, exchange } = await withFault({ type, afterEvents: count })
      await expectEnding(simulator, exchange, events.slice(0, count).join(''))
      expect(simulator.record.requests[0]).toMatchObject({ events: Math.min(count, events.length), fault: type, status: 200 })
    }
  })

  it('comes after any number of bytes, in the middle of a character too', async () => {
    const bytes = Buffer.from(whole)
    const places = [0, 1, bytes.indexOf('—') + 1, events[0]!.length, events[0]!.length + 1, bytes.length - 1, bytes.length, bytes.length + 1]
    for (const afterBytes of places) {
      const { simulator, exchange } = await withFault({ type, afterBytes })
      await expectEnding(simulator, exchange, bytes.subarray(0, afterBytes).toString('utf8'))
      expect(simulator.record.requests[0]?.bytes).toBe(Math.min(afterBytes, bytes.length))
    }
  })

  it('without a place comes at the end', async () => {
    const { simulator, exchange } = await withFault({ type })
    await expectEnding(simulator, exchange, whole)
  })

  it('breaks an answer that is not streamed as well', async () => {
    for (const [place, sent] of [[{ afterBytes: 30 }, wholeAtOnce.slice(0, 30)], [{ afterEvents: 0 }, ''], [{ afterEvents: 1 }, wholeAtOnce]] as const) {
      const { simulator, exchange } = await withFault({ type, ...place }, false)
      await expectEnding(simulator, exchange, sent)
    }
  })
})

describe('a fault instead of an answer', () => {
  const cases: readonly [Fault, Partial<RawResponse>][] = [
    [{ type: 'status', status: 503 }, { status: 503, body: '{"error":{"message":"Simulated status 503","type":"simulated","code":null}}' }],
    [{ type: 'status', status: 500, body: 'Oh no' }, { status: 500, body: 'Oh no' }],
    [{ type: 'status', status: 400, body: { detail: 1 } }, { status: 400, body: '{"detail":1}' }],
    [{ type: 'content', contentType: 'text/html', body: '<p>' }, { status: 200, body: '<p>' }],
    [{ type: 'json-error' }, { status: 200, body: '{"error":{"message":"The simulated model is overloaded","type":"server_error","code":null}}' }],
    [{ type: 'json-error', error: 'busy' }, { status: 200, body: '{"error":"busy"}' }],
  ]

  it.each(cases)('%j', async (fault, response) => {
    for (const stream of [true, false]) {
      const got = await answered((await withFault(fault, stream)).exchange)
      expect(got).toMatchObject({ ...response, isWhole: true })
      expect(got.headers['content-type']).toBe(fault.type === 'content' ? 'text/html' : 'application/json')
    }
  })

  it('is a status that says when to come back, in milliseconds, in seconds, and in other headers', async () => {
    const { exchange } = await withFault({ type: 'status', status: 429, retryAfterMs: 250, retryAfterSeconds: 1, headers: { 'x-more': 'yes' } })
    expect((await answered(exchange)).headers).toMatchObject({ 'retry-after-ms': '250', 'retry-after': '1', 'x-more': 'yes' })
  })

  it('is silence: not even headers, and the connection stays', async () => {
    const { simulator, exchange } = await withFault({ type: 'silence' })
    await until(() => simulator.record.requests.length === 1)
    expect(await stands(simulator, exchange)).toBe(true)
    expect(exchange.pieces).toEqual([])
    expect(simulator.record.requests[0]).toMatchObject({ events: 0, bytes: 0, fault: 'silence' })
    expect(simulator.record.requests[0]?.status).toBeUndefined()
  })
})

describe('a fault beside the answer', () => {
  it('is a wrong content type of the right body', async () => {
    for (const [stream, body] of [[true, whole], [false, wholeAtOnce]] as const) {
      for (const contentType of [undefined, 'text/html; charset=utf-8']) {
        const got = await answered((await withFault({ type: 'content-type', ...(contentType !== undefined && { contentType }) }, stream)).exchange)
        expect([got.body, got.headers['content-type']]).toEqual([body, contentType ?? 'text/plain'])
      }
    }
  })

  it('is a body that is held open when everything has been sent', async () => {
    for (const [stream, body] of [[true, whole], [false, wholeAtOnce]] as const) {
      const { simulator, exchange } = await withFault({ type: 'hold-open' }, stream)
      await until(() => exchange.response.body === body)
      expect(await stands(simulator, exchange)).toBe(true)
      expect(exchange.response.isWhole).toBe(false)
      expect(simulator.record.requests[0]?.end).toBeUndefined()
    }
  })

  it('is an event that is no JSON, at any place, and the answer goes on', async () => {
    for (let place = 0; place <= events.length + 1; place++) {
      const got = eventsIn((await answered((await withFault({ type: 'malformed', afterEvents: place })).exchange)).body)
      const [extra] = got.splice(Math.min(place, events.length), 1)
      expect(got).toEqual(events)
      expect(() => JSON.parse(extra!.slice('data: '.length)) as unknown).toThrow()
    }
  })

  it('is a malformed event of one\'s own, and of an answer that is not streamed the whole body', async () => {
    const fault: Fault = { type: 'malformed', afterEvents: 1, data: 'nonsense' }
    expect(eventsIn((await answered((await withFault(fault)).exchange)).body)[1]).toBe('data: nonsense\n\n')
    expect((await answered((await withFault(fault, false)).exchange)).body).toBe('nonsense')
  })

  it.each(['error-object', 'error-event'] as const)('is an %s at any place, and then the end of the body', async (type) => {
    const name = type === 'error-event' ? 'event: error\n' : ''
    for (let place = 0; place <= events.length + 1; place++) {
      const got = await answered((await withFault({ type, afterEvents: place, error: { code: 7 } })).exchange)
      expect(got.body).toBe(`${events.slice(0, place).join('')}${name}data: {"error":{"code":7}}\n\n`)
      expect(got.isWhole).toBe(true)
    }
    expect((await answered((await withFault({ type, afterEvents: 3 }, false)).exchange)).body).toMatch(/^\{"error":\{"message"/)
  })

  it('is comments for ever after any number of events', async () => {
    for (const place of [0, 3, events.length]) {
      const { simulator, exchange } = await withFault({ type: 'comments', afterEvents: place, everyMs: 1 })
      const sent = events.slice(0, place).join('')
      await until(() => exchange.response.body.length > sent.length + 100)
      expect(exchange.response.body).toMatch(/^[\s\S]*?(: keep-alive\n\n)+$/)
      expect(exchange.response.body.replaceAll(': keep-alive\n\n', '')).toBe(sent)
      expect(simulator.record.requests[0]?.events).toBe(place)
      exchange.socket.destroy()
      await until(() => simulator.record.requests[0]?.end !== undefined)
      expect(simulator.record.requests[0]?.end?.by).toBe('client')
    }
  })

  it('is blank lines for ever instead of an answer that is not streamed', async () => {
    const { exchange } = await withFault({ type: 'comments', afterEvents: 0, everyMs: 1 }, false)
    await until(() => exchange.response.body.length > 10)
    expect(exchange.response.body).toMatch(/^\n+$/)
  })
})

describe('slices', () => {
  it('of one byte are packets of their own, and join to the same body', async () => {
    const simulator = await simulate({ script: { ...script, sliceBytes: 1 } })
    const exchange = ask(simulator)
    expect((await answered(exchange)).body).toBe(whole)
    expect(exchange.pieces.length).toBeGreaterThan(100)
    expect(simulator.record.requests[0]?.events).toBe(events.length)
  })

  it.each([1, 7, 64, 100_000])('of %i bytes break off at a byte', async (sliceBytes) => {
    const simulator = await simulate({ script: { ...script, sliceBytes, fault: { type: 'cut', afterBytes: 321 } } })
    expect((await answered(ask(simulator))).body).toBe(whole.slice(0, 321))
  })
})

describe('embeddings', () => {
  const body = { model: 'e', input: ['a', 'b'] }
  const path = '/v1/embeddings'

  it('fail as their own script says, in turn', async () => {
    const simulator = await simulate({
      embeddings: [{ fault: { type: 'status', status: 503 } }, { fault: { type: 'cut', afterBytes: 10 } }, { fault: { type: 'content-type' } }, { headers: { 'x-more': 'yes' } }],
      script: { fault: { type: 'silence' } },
    })
    const [busy, cut, odd, right] = [await answered(ask(simulator, { path, body })), await answered(ask(simulator, { path, body })), await answered(ask(simulator, { path, body })), await answered(ask(simulator, { path, body }))]
    expect(busy.status).toBe(503)
    expect(cut.body).toBe('{"object":')
    expect(odd.headers['content-type']).toBe('text/plain')
    expect(odd.body).toBe(right.body)
    expect(right.headers).toMatchObject({ 'content-type': 'application/json', 'x-more': 'yes' })
    expect((JSON.parse(right.body) as { data: object[] }).data).toHaveLength(2)
    expect(simulator.record.counts.faults).toEqual({ status: 1, cut: 1, 'content-type': 1 })
  })
})

describe('embeddings of impossible dimensions', () => {
  it.each([0, -1, 1.5, 1e9, '64', null])('%j are refused', async (dimensions) => {
    const got = await answered(ask(await simulate(), { path: '/v1/embeddings', body: { model: 'e', input: 'a', dimensions } }))
    expect(got).toMatchObject({ status: 400, body: expect.stringContaining('Expected dimensions from 1 to 65536') })
  })
})

describe('a client', () => {
  it('of HTTP/1.0 gets the body without chunks, and its end by a close', async () => {
    const simulator = await simulate({ script })
    const exchange = ask(simulator, { version: '1.0' })
    expect((await answered(exchange)).body).toBe(whole)
    expect(exchange.ending).toBe('end')
  })

  it('gets several answers over one connection', async () => {
    const simulator = await simulate({ script })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let count = 0; count < 5; count++) {
      const request = post(`${simulator.url}/chat/completions`, { agent, method: 'POST' })
      request.end(JSON.stringify(streamed))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      expect(await text(response)).toBe(whole)
    }
    agent.destroy()
    expect(simulator.record.sockets).toHaveLength(1)
    expect(simulator.record.sockets[0]?.requests).toBe(5)
  })

  it('that asks again before it is answered gets one answer after the other', async () => {
    const simulator = await simulate({ script: [{ text: 'slow', firstDelayMs: 20 }, { text: 'quick' }] })
    const exchange = ask(simulator)
    const body = JSON.stringify(streamed)
    exchange.socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: simulator\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    const received = () => Buffer.concat(exchange.pieces).toString()
    await until(() => received().split('\r\n0\r\n\r\n').length === 3)
    const [first, second] = received().split('\r\n0\r\n\r\n')
    for (const [got, text] of [[first, 'slow'], [second, 'quick']] as const) {
      expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(got).toContain(`{"content":"${text}"}`)
      expect(got).toMatch(/data: \[DONE\]\n\n$/)
    }
    expect(simulator.record.requests.map(({ end }) => end?.by)).toEqual(['finished', 'finished'])
  })

  it('that is slow to read holds the answer back, and gets all of it', async () => {
    const simulator = await simulate({ script: { tokens: 300_000 } })
    const exchange = ask(simulator)
    exchange.socket.pause()
    let before = -1
    const bytes = () => simulator.record.requests[0]?.bytes ?? 0
    while (bytes() === 0 || bytes() !== before) {
      before = bytes()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(simulator.record.requests[0]?.end).toBeUndefined()
    exchange.socket.resume()
    await until(() => simulator.record.requests[0]?.end !== undefined)
    await until(() => exchange.pieces.at(-1)?.subarray(-5).toString() === '0\r\n\r\n')
    const { body, isWhole } = exchange.response
    expect([isWhole, Buffer.byteLength(body), eventsIn(body).length]).toEqual([true, bytes(), 300_003])
    expect(simulator.record.requests[0]?.writes).toHaveLength(300_003)
  })
})
