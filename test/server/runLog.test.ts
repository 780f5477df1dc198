import { describe, expect, it } from 'vitest'
import { blockBytes } from '../../src/internal/byteQueue.ts'
import { createLogRoom } from '../../src/server/logRoom.ts'
import { type RunEvent, type RunLog, createRunLog } from '../../src/server/runLog.ts'
import { text } from '../support/chunks.ts'

const numbers = (log: RunLog) => Array.from({ length: log.last - log.first + 1 }, (_, index) => log.at(log.first + index))

const textAt = (log: RunLog, number: number) => {
  const utf8 = log.textAt(number)
  return utf8 === undefined ? undefined : Buffer.from(utf8).toString()
}

describe('a run log', () => {
  it('holds the last events that fit, each as it was said', () => {
    const log = createRunLog(8000)
    const kinds: readonly ((number: number) => RunEvent)[] = [
      (number) => text(`é\u2028"${number}`), (number) => text(`= ${number}`), () => text('\ud83d'), () => text('\udc26'), (number) => ({ ...text('in a part'), part: String(number) }),
      () => ({ type: 'reasoning', text: 'so' }), (number) => ({ type: 'citation', marker: number, start: 0, end: 3, valid: false }),
    ]
    const said = Array.from({ length: 1000 }, (_, number) => kinds[number % kinds.length]!(number))
    for (const event of said) {
      log.append(event)
      expect(numbers(log)).toEqual(said.slice(log.first - 1, log.last))
    }
    expect(log.last).toBe(1000)
    expect(log.first).toBeGreaterThan(500)
    expect(log.bytesFrom(log.first)).toBeLessThanOrEqual(8000)
    expect(log.bytes).toBeLessThanOrEqual(3 * blockBytes)
  })

  it('holds one event that is larger than all of it, and is small again after that', () => {
    const log = createRunLog(1000)
    log.append(text('a'))
    log.append(text('x'.repeat(5000)))
    expect([log.first, log.last, log.bytes > 5000]).toEqual([2, 2, true])
    log.append(text('b'))
    log.shrink(1000)
    expect([log.first, log.bytes]).toEqual([3, blockBytes])
    expect(numbers(log)).toEqual([text('b')])
  })

  it('gives the text of events as bytes, of those that say nothing else', () => {
    const log = createRunLog(100_000)
    for (const event of [text('é'), { ...text('in a part'), part: 'a' }, text('\ud83d'), text('x'.repeat(10_000))]) log.append(event)
    expect([1, 2, 3, 4].map((number) => textAt(log, number))).toEqual(['é', undefined, undefined, 'x'.repeat(10_000)])
    expect(log.bytesFrom(4)).toBe(10_001)
  })

  it('gives its memory away once it is forgotten and nobody watches', () => {
    const log = createRunLog(100_000)
    log.append(text('a'))
    const unwatch = log.watch(() => undefined)
    log.forget()
    expect(numbers(log)).toEqual([text('a')])
    unwatch()
    expect([log.first, log.last, log.bytes]).toEqual([2, 1, 0])
  })
})

describe('the room of all logs', () => {
  const rooms = (maxBytes: number, count: number) => {
    const room = createLogRoom(maxBytes)
    const logs = Array.from({ length: count }, () => {
      const log = createRunLog(1_000_000, room.grant)
      room.add(log)
      return log
    })
    return { room, logs }
  }
  const total = (logs: readonly RunLog[]) => logs.reduce((sum, { bytes }) => sum + bytes, 0)

  it('knows what all of them hold', () => {
    const { room, logs } = rooms(100_000, 5)
    for (let turn = 0; turn < 3000; turn++) logs[(turn * 7) % 5]!.append(text('x'.repeat((turn * 37) % 300)))
    expect(room.bytes).toBe(total(logs))
    expect(room.bytes).toBeLessThanOrEqual(100_000)
    room.remove(logs[0]!)
    expect(room.bytes).toBe(total(logs.slice(1)))
  })

  it('gives each answer that is being made its share, before what has ended and what has more', () => {
    const { logs: [endless, old, young], room } = rooms(60_000, 3)
    old!.append(text('x'.repeat(9000)))
    old!.append({ type: 'done', reason: 'stop' })
    for (let turn = 0; turn < 1000; turn++) endless!.append(text('x'.repeat(100)))
    for (let turn = 0; turn < 100; turn++) young!.append(text('x'.repeat(100)))
    expect([young!.first, young!.last]).toEqual([1, 100])
    // What ended can be read while there is room; the endless one has what is left.
    expect(endless!.first).toBeGreaterThan(1)
    expect(endless!.bytes).toBeGreaterThan(20_000)
    expect(room.bytes).toBeLessThanOrEqual(60_000)
  })

  it('leaves logs as they are once each has its share: nothing is copied to and fro', () => {
    const { logs } = rooms(64_000, 8)
    const say = () => {
      for (const log of logs) log.append(text('x'.repeat(50)))
    }
    for (let turn = 0; turn < 500; turn++) say()
    const sizes = logs.map(({ bytes }) => bytes)
    for (let turn = 0; turn < 500; turn++) {
      say()
      expect(logs.map(({ bytes }) => bytes)).toEqual(sizes)
    }
  })
})
