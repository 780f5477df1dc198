import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Simulator, type SimulatorRecord } from '../../src/simulator.ts'
import { boundedList } from '../../src/simulator/boundedList.ts'
import { createWriteLog } from '../../src/simulator/writeLog.ts'
import { until } from '../wire/until.ts'
import { answered, ask, simulate, streamed } from './rawExchange.ts'

const allEnded = ({ record }: Simulator) => until(() => record.requests.every(({ end }) => end !== undefined))

describe('a log of writes', () => {
  it('gives back what was pushed, by index, in order and as columns', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.double({ noNaN: true }), bytes: fc.nat() }), { maxLength: 100 }), fc.boolean(), (entries, isClosed) => {
        let size = 0
        const log = createWriteLog((bytes) => (size += bytes))
        for (const { at, bytes } of entries) log.push(at, bytes)
        expect(size).toBeLessThanOrEqual(Math.max(128, 32 * entries.length))
        if (isClosed) log.close()
        expect(size).toBeGreaterThanOrEqual(16 * entries.length)
        if (isClosed) expect(size).toBe(16 * entries.length)
        expect(log.length).toBe(entries.length)
        expect([...log]).toEqual(entries)
        for (let index = -entries.length - 1; index <= entries.length; index++) expect(log.at(index)).toEqual(entries.at(index))
        expect(JSON.parse(JSON.stringify(log))).toEqual(JSON.parse(JSON.stringify({ at: entries.map(({ at }) => at), bytes: entries.map(({ bytes }) => bytes) })))
      }),
      { seed: 2 },
    )
  })
})

describe('a bounded list', () => {
  it('has the last items, within its bounds, and the very last always', () => {
    const action = fc.oneof(fc.record({ add: fc.nat({ max: 50 }) }), fc.record({ grow: fc.nat({ max: 40 }), by: fc.nat({ max: 50 }) }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 300 }), fc.array(action, { maxLength: 200 }), (maxItems, maxBytes, actions) => {
        const list = boundedList<{ size: number }>(maxItems, maxBytes)
        const all: { size: number }[] = []
        for (const each of actions) {
          if ('add' in each) {
            all.push({ size: each.add })
            list.add(all.at(-1)!, each.add)
          } else if (all.length > 0) {
            const item = all[each.grow % all.length]!
            if (list.items.includes(item)) item.size += each.by
            list.grow(item, each.by)
          }
          expect(list.items).toEqual(all.slice(all.length - list.items.length))
          expect(list.items.length).toBeLessThanOrEqual(maxItems)
          if (all.length > 0) expect(list.items.at(-1)).toBe(all.at(-1))
          if (list.items.length > 1) expect(list.items.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(maxBytes)
        }
      }),
      { seed: 4 },
    )
  })

  it('drops no more than a sixteenth beyond what it must', () => {
    const list = boundedList<{ number: number }>(160)
    for (let number = 0; number < 1000; number++) {
      list.add({ number })
      expect(list.items.length).toBeGreaterThanOrEqual(Math.min(number + 1, 150))
    }
  })

  it('keeps only what is wanted, in the same array', () => {
    const list = boundedList<{ number: number }>(10, 100)
    const { items } = list
    for (let number = 0; number < 6; number++) list.add({ number }, 16)
    list.keep(({ number }) => number % 2 === 1)
    expect(items.map(({ number }) => number)).toEqual([1, 3, 5])
    for (let number = 6; number < 9; number++) list.add({ number }, 16)
    expect(items).toHaveLength(6)
  })
})

describe('the record', () => {
  it('keeps the last requests and connections, and counts all', async () => {
    const simulator = await simulate({ script: { text: 'a' }, maxRequests: 20 })
    for (let count = 0; count < 50; count++) {
      await answered(ask(simulator, { body: { ...streamed, number: count } }))
    }
    const { requests, sockets, counts } = simulator.record
    expect(requests.length).toBeLessThanOrEqual(20)
    expect(requests.length).toBeGreaterThanOrEqual(18)
    expect(requests.map(({ body }) => (body as { number: number }).number)).toEqual(Array.from({ length: requests.length }, (_, index) => 50 - requests.length + index))
    expect(sockets.length).toBeLessThanOrEqual(20)
    await until(() => counts.byEnd.finished === 50)
    expect(counts).toMatchObject({ requests: 50, events: 200, byStatus: { 200: 50 }, byPath: { '/v1/chat/completions': 50 }, sockets: { opened: 50 } })
  })

  it('keeps so many bytes of bodies and of times, and at least the last request', async () => {
    const simulator = await simulate({ script: { tokens: 100 }, maxRecordBytes: 10_000 })
    for (let count = 0; count < 20; count++) await answered(ask(simulator))
    await allEnded(simulator)
    // 103 events of 16 bytes, and a body of some 70.
    expect(simulator.record.requests).toHaveLength(5)
    await answered(ask(simulator, { body: { ...streamed, padding: 'x'.repeat(20_000) } }))
    expect(simulator.record.requests).toHaveLength(1)
    expect(simulator.record.counts.requests).toBe(21)
  })

  it('stops to keep times of a request that it had to forget while that is under way', async () => {
    const simulator = await simulate({ script: [{ tokens: 500, fault: { type: 'hold-open' } }, { tokens: 5 }], maxRecordBytes: 8000 })
    ask(simulator)
    await until(() => simulator.record.requests[0]?.events === 503)
    const [forgotten] = simulator.record.requests
    expect(forgotten?.writes).toHaveLength(503)
    await answered(ask(simulator))
    expect(simulator.record.requests.map(({ events }) => events)).toEqual([8])
    expect(forgotten).toMatchObject({ events: 503, writes: { length: 0 } })
    expect(simulator.record.counts.events).toBe(511)
  })

  it('has no times of events when it is told so, and their number', async () => {
    const simulator = await simulate({ script: { tokens: 10 }, recordEvents: false })
    await answered(ask(simulator))
    await allEnded(simulator)
    const [request] = simulator.record.requests
    expect([request?.writes.length, request?.writes.at(-1), [...request!.writes], request?.events, simulator.record.counts.events]).toEqual([0, undefined, [], 13, 13])
  })

  it('counts by status, path, ending and fault', async () => {
    const simulator = await simulate({ models: ['m'], script: [{}, { fault: { type: 'close', afterEvents: 1 } }, { fault: { type: 'stall', afterEvents: 1 } }, { fault: { type: 'status', status: 503 } }] })
    await answered(ask(simulator))
    await answered(ask(simulator))
    const stalled = ask(simulator)
    await until(() => simulator.record.requests.at(-1)?.events === 1 && simulator.record.requests.length === 3)
    stalled.socket.destroy()
    await answered(ask(simulator))
    await answered(ask(simulator, { body: { model: 'other' } }))
    await answered(ask(simulator, { path: '/elsewhere/1' }))
    await answered(ask(simulator, { path: '/elsewhere/2' }))
    await fetch(`${simulator.url}/models`).then((response) => response.text())
    await allEnded(simulator)
    const { counts, requests } = simulator.record
    expect(counts).toMatchObject({
      requests: 8,
      byStatus: { 200: 4, 503: 1, 404: 3 },
      byPath: { '/v1/chat/completions': 5, '/v1/models': 1, other: 2 },
      byEnd: { finished: 6, server: 1, client: 1 },
      faults: { close: 1, stall: 1, status: 1 },
    })
    expect(counts.bytes).toBe(requests.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(counts.events).toBe(requests.reduce((sum, { events }) => sum + events, 0))
  })

  it('says that the server closed what it closes at its end', async () => {
    const simulator = await simulate({ script: { fault: { type: 'stall', afterEvents: 1 } } })
    const exchange = ask(simulator)
    await until(() => exchange.response.status === 200)
    await simulator.close()
    await until(() => simulator.record.sockets[0]?.closed !== undefined)
    expect(simulator.record.sockets[0]?.closed?.by).toBe('server')
    expect(simulator.record.requests[0]?.end?.by).toBe('server')
    expect(simulator.record.counts.sockets).toEqual({ opened: 1, server: 1, client: 0 })
  })

  it.each(['FIN', 'RST'])('says that the client closed, by %s, and in which order all happened', async (how) => {
    const simulator = await simulate({ script: { fault: { type: 'stall', afterEvents: 2 } } })
    const exchange = ask(simulator)
    await until(() => simulator.record.requests[0]?.events === 2)
    if (how === 'FIN') exchange.socket.end()
    else exchange.socket.resetAndDestroy()
    await until(() => simulator.record.sockets[0]?.closed !== undefined)
    const [request] = simulator.record.requests
    const [socket] = simulator.record.sockets
    expect([socket?.closed?.by, request?.end?.by]).toEqual(['client', 'client'])
    const times = [socket!.openedAt, request!.at, ...[...request!.writes].map(({ at }) => at), socket!.closed!.at, request!.end!.at]
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('counts bytes of the body as they are handed over, up to each event', async () => {
    const simulator = await simulate({ script: { text: 'Größe — 漢字 😀.' } })
    const { body } = await answered(ask(simulator))
    const [request] = simulator.record.requests
    const ends = [...body.matchAll(/\n\n/g)].map(({ index }) => Buffer.byteLength(body.slice(0, index + 2)))
    expect([...request!.writes].map(({ bytes }) => bytes)).toEqual(ends)
    expect(request?.bytes).toBe(Buffer.byteLength(body))
  })
})

describe('times', () => {
  it('are on the clock of the machine, the same for every process', async () => {
    const clock = () => BigInt(execFileSync(process.execPath, ['-p', 'process.hrtime.bigint().toString()'], { encoding: 'utf8' }).trim())
    const simulator = await simulate({ script: { text: 'a' } })
    const before = clock()
    await answered(ask(simulator))
    const after = clock()
    const { origin, requests } = simulator.record
    for (const { at } of requests[0]!.writes) {
      const onTheMachine = BigInt(Math.round(origin + at))
      expect(onTheMachine > before && onTheMachine < after).toBe(true)
    }
  })
})

describe('other processes', () => {
  const get = async ({ url }: Simulator, path: string, method = 'GET') => {
    const response = await fetch(new URL(path, url), { method })
    return { status: response.status, json: (await response.json()) as SimulatorRecord & { error?: object } }
  }

  it('read the record, with or without the times of events', async () => {
    const simulator = await simulate({ script: { text: 'One two.' } })
    await answered(ask(simulator))
    await allEnded(simulator)
    const { json } = await get(simulator, '/simulator/record')
    expect(json).toEqual(JSON.parse(JSON.stringify(simulator.record)))
    const { at, bytes } = json.requests[0]!.writes as unknown as { at: number[]; bytes: number[] }
    expect(at.map((time, index) => ({ at: time, bytes: bytes[index] }))).toEqual([...simulator.record.requests[0]!.writes])
    const brief = await get(simulator, '/simulator/record?events=false')
    expect(brief.json.requests[0]).toEqual({ ...json.requests[0], writes: undefined })
    expect((await get(simulator, '/simulator/counts')).json).toEqual(JSON.parse(JSON.stringify(simulator.record.counts)))
  })

  it('leave no trace in it themselves', async () => {
    const simulator = await simulate()
    for (let count = 0; count < 3; count++) await get(simulator, '/simulator/record')
    expect(simulator.record).toMatchObject({ requests: [], sockets: [], counts: { requests: 0, sockets: { opened: 0 } } })
  })

  it('begin a new record; what is under way stays, and counts go on', async () => {
    const simulator = await simulate({ script: [{ text: 'a' }, { fault: { type: 'stall', afterEvents: 1 } }] })
    const done = ask(simulator)
    await answered(done)
    done.socket.destroy()
    const under = ask(simulator)
    await until(() => simulator.record.requests.length === 2 && simulator.record.sockets[0]?.closed !== undefined && simulator.record.requests[1]?.events === 1)
    expect((await get(simulator, '/simulator/record', 'DELETE')).status).toBe(200)
    expect(simulator.record.requests.map(({ fault }) => fault)).toEqual(['stall'])
    expect(simulator.record.sockets).toHaveLength(1)
    under.socket.destroy()
    await until(() => simulator.record.requests[0]?.end !== undefined)
    expect(simulator.record.counts).toMatchObject({ requests: 2, byEnd: { finished: 1, client: 1 } })
  })

  it('are told what there is when they ask for anything else', async () => {
    const simulator = await simulate()
    for (const [path, method] of [['/simulator/other', 'GET'], ['/simulator/record', 'POST'], ['/simulator/counts', 'DELETE']] as const) {
      expect(await get(simulator, path, method)).toMatchObject({ status: 404, json: { error: { message: expect.stringContaining('GET /simulator/counts') } } })
    }
  })
})

describe('a request that is too long', () => {
  it('is read to its end, refused, and not kept', async () => {
    const simulator = await simulate()
    const response = await fetch(`${simulator.url}/chat/completions`, { method: 'POST', body: Buffer.alloc(65 * 2 ** 20, 32) })
    expect(response.status).toBe(413)
    expect(simulator.record.requests[0]?.body).toBeUndefined()
  })
})
