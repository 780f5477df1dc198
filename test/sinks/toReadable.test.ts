import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import * as fc from 'fast-check'
import { NEVER, Subject, concat, defer, from, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { InvalidOptionError, RagError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { toReadable } from '../../src/sinks/toReadable.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { collect } from '../support/collect.ts'
import { settledTurns } from '../support/settledTurns.ts'

const broken = new RagError('broken', 'broken')
const answer: Chunk[] = [markAt('sent', 1), { type: 'reasoning', text: 'hm' }, text('a'), markAt('last', 2), text('b'), usage(), finish()]
const large = text('x'.repeat(20_000))

describe('toReadable', () => {
  it('gives the text in UTF-8, and nothing else', async () => {
    expect(Buffer.concat(await collect(toReadable(from(answer)) as AsyncIterable<Buffer>))).toEqual(Buffer.from('ab'))
    expect(await textOf(toReadable(of<Chunk[]>(text('Grüße \ud83d'), text('\ude00'), finish())))).toBe('Grüße 😀')
  })

  it('gives the chunks when asked to', async () => {
    expect(await collect(toReadable(from(answer), { objectMode: true }))).toEqual(answer)
  })

  it('gives the text byte for byte, however its characters are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (whole) => {
        const bytes = Buffer.concat(await collect(toReadable(from(whole.split('').map(text))) as AsyncIterable<Buffer>))
        expect(bytes.equals(Buffer.from(whole))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('subscribes at the first read', async () => {
    let subscriptions = 0
    const stream = toReadable(defer(() => (subscriptions++, of(text('a')))))
    await settledTurns()
    expect(subscriptions).toBe(0)

    expect(await textOf(stream)).toBe('a')
    expect(subscriptions).toBe(1)
  })

  it('holds the gate while what it is piped into takes nothing', async () => {
    const source = new Subject<Chunk>()
    const gate = createGate()
    const slow = new PassThrough()
    const piped = pipeline(toReadable(source, { gate }), slow)
    await settledTurns()
    for (let index = 0; index < 20; index++) {
      source.next(large)
      await settledTurns()
    }
    expect(gate.held).toBe(true)

    source.complete()
    const [taken] = await Promise.all([textOf(slow), piped])
    expect([taken.length, gate.held]).toEqual([400_000, false])
  })

  it('drops the answer at once when it is destroyed, also while nothing comes', async () => {
    const source = new Subject<Chunk>()
    const stream = toReadable(source).resume()
    await settledTurns()
    expect(source.observed).toBe(true)

    stream.destroy()

    expect(source.observed).toBe(false)
    await once(stream, 'close')
  })

  it('drops the answer when the other end of a pipeline closes', async () => {
    const source = new Subject<Chunk>()
    const other = new PassThrough()
    const piped = pipeline(toReadable(source), other)
    const outcome = expect(piped).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
    await settledTurns()
    expect(source.observed).toBe(true)
    other.destroy()

    await outcome
    expect(source.observed).toBe(false)
  })

  it('fails with the error of the answer, after the text that came', async () => {
    const pieces: string[] = []
    const stream = toReadable(concat(of(text('a')), throwError(() => broken))).on('data', (piece: Buffer) => pieces.push(String(piece)))

    expect(await once(stream, 'error')).toEqual([broken])
    expect(pieces).toEqual(['a'])
  })

  it('refuses an answer that starts again after text was given, and drops it', async () => {
    const source = new Subject<Chunk>()
    const stream = toReadable(source).resume()
    await settledTurns()
    const failed = once(stream, 'error')
    for (const chunk of [reset, text('a'), reset, text('b')]) source.next(chunk)

    expect(await failed).toMatchObject([{ code: 'reset-refused' }])
    expect(source.observed).toBe(false)
  })

  it('refuses bad options at the call', () => {
    expect(() => toReadable(NEVER, { maxHoldMs: 0 })).toThrow(InvalidOptionError)
  })

  it('is a stream of Node', () => {
    expectTypeOf(toReadable(NEVER)).toEqualTypeOf<Readable>()
  })
})
