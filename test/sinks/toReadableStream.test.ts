import * as fc from 'fast-check'
import { NEVER, Subject, concat, defer, from, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { InvalidOptionError, RagError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { toReadableStream } from '../../src/sinks/toReadableStream.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { collect } from '../support/collect.ts'
import { settledTurns } from '../support/settledTurns.ts'

const broken = new RagError('broken', 'broken')
const answer: Chunk[] = [markAt('sent', 1), { type: 'reasoning', text: 'hm' }, text('a'), markAt('last', 2), text('b'), usage(), finish()]
const large = text('x'.repeat(20_000))

describe('toReadableStream', () => {
  it('gives the text, and nothing else', async () => {
    expect(await collect(toReadableStream(from(answer)))).toEqual(['a', 'b'])
  })

  it('gives the chunks when asked to', async () => {
    expect(await collect(toReadableStream(from(answer), { objectMode: true }))).toEqual(answer)
  })

  it('is the body of a response', async () => {
    const body = toReadableStream(of<Chunk[]>(text('Grüße \ud83d'), text('\ude00'), finish())).pipeThrough(new TextEncoderStream())

    expect(await new Response(body).text()).toBe('Grüße 😀')
  })

  it('gives whole characters, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (whole) => {
        const pieces = await collect(toReadableStream(from(whole.split('').map(text))))
        expect(pieces.join('')).toBe(whole)
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('subscribes at the first read, and reads nothing ahead', async () => {
    let subscriptions = 0
    const source = new Subject<Chunk>()
    const gate = createGate()
    const stream = toReadableStream(defer(() => (subscriptions++, source)), { gate })
    const reader = stream.getReader()
    await settledTurns()
    expect(subscriptions).toBe(0)

    const first = reader.read()
    for (let index = 0; index < 5; index++) source.next(large)
    await first
    await settledTurns()
    expect([subscriptions, gate.held]).toEqual([1, true])
    for (let index = 0; index < 4; index++) await reader.read()
    await settledTurns()
    expect(gate.held).toBe(false)
  })

  it('drops the answer at once when it is cancelled, also while a read is pending', async () => {
    const source = new Subject<Chunk>()
    const reader = toReadableStream(source).getReader()
    const pending = reader.read()
    await settledTurns()
    expect(source.observed).toBe(true)

    const cancelled = reader.cancel()
    expect(source.observed).toBe(false)

    await cancelled
    expect(await pending).toEqual({ done: true, value: undefined })
  })

  it('drops the answer when what it is piped into closes', async () => {
    const source = new Subject<Chunk>()
    const response = new Response(toReadableStream(source).pipeThrough(new TextEncoderStream()))
    const reader = response.body?.getReader()
    const first = reader?.read()
    await settledTurns()
    source.next(text('a'))
    await first
    await reader?.cancel()
    await settledTurns()

    expect(source.observed).toBe(false)
  })

  it('fails with the error of the answer, after the text that came', async () => {
    const reader = toReadableStream(concat(of(text('a')), throwError(() => broken))).getReader()

    expect(await reader.read()).toEqual({ done: false, value: 'a' })
    await expect(reader.read()).rejects.toBe(broken)
  })

  it('refuses an answer that starts again after text was given, and drops it', async () => {
    const source = new Subject<Chunk>()
    const reader = toReadableStream(source).getReader()
    const first = reader.read()
    await settledTurns()
    for (const chunk of [reset, text('a'), reset, text('b')]) source.next(chunk)

    expect((await first).value).toBe('a')
    await expect(reader.read()).rejects.toMatchObject({ code: 'reset-refused' })
    expect(source.observed).toBe(false)
  })

  it('refuses bad options at the call', () => {
    expect(() => toReadableStream(NEVER, { maxBytes: 0 })).toThrow(InvalidOptionError)
  })

  it('is typed by its mode', () => {
    expectTypeOf(toReadableStream(NEVER)).toEqualTypeOf<ReadableStream<string>>()
    expectTypeOf(toReadableStream(NEVER, { objectMode: true })).toEqualTypeOf<ReadableStream<Chunk>>()
  })
})
