import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { Subject, concat, from, lastValueFrom, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { RagError, SinkError } from '../../src/errors.ts'
import { createGate } from '../../src/policies/gate.ts'
import { type StdoutSummary, toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { settledTurns } from '../support/settledTurns.ts'
import { FastStream, SlowStream } from '../support/slowStream.ts'

async function shown(chunks: readonly Chunk[], harmless = true): Promise<string> {
  const stream = new FastStream()
  await lastValueFrom(from(chunks).pipe(toStdout({ stream, harmless })))
  return stream.text
}

describe('toStdout', () => {
  it('writes the text, and nothing else, as it comes', async () => {
    const stream = new FastStream()
    const answer = new Subject<Chunk>()
    const summary = lastValueFrom(answer.pipe(toStdout({ stream })))

    answer.next(markAt('sent', 1))
    answer.next({ type: 'sources', passages: [] })
    answer.next(text('Hello '))
    expect(stream.text).toBe('Hello ')
    answer.next({ type: 'reasoning', text: 'hm' })
    answer.next(text('world'))
    expect(stream.text).toBe('Hello world')
    for (const chunk of [usage(), finish('length')]) answer.next(chunk)
    answer.complete()

    expect(await summary).toEqual({ characters: 11, finishReason: 'length' })
    expect(stream.text).toBe('Hello world')
    expect(stream.writableEnded).toBe(false)
  })

  it('says nothing of an end that the answer did not have', async () => {
    expect(await lastValueFrom(of(text('a')).pipe(toStdout({ stream: new FastStream() })))).toEqual({ characters: 1 })
  })

  it('waits while the stream is full, with the gate held', async () => {
    const stream = new SlowStream()
    const gate = createGate()
    const answer = new Subject<Chunk>()
    const summary = lastValueFrom(answer.pipe(toStdout({ stream, gate })))
    for (let index = 0; index < 5; index++) answer.next(text('x'.repeat(20_000)))

    await settledTurns()
    expect([stream.text, gate.held]).toEqual(['', true])
    answer.next(finish())
    answer.complete()
    await stream.drain()

    expect(await summary).toMatchObject({ characters: 100_000 })
    expect([stream.text.length, gate.held]).toEqual([100_000, false])
    expect([stream.listenerCount('drain'), stream.listenerCount('close')]).toEqual([0, 0])
  })

  it('fails when the reader goes while it waits', async () => {
    const stream = new SlowStream()
    const outcome = expect(lastValueFrom(of<Chunk[]>(text('long enough'), text('more'), finish()).pipe(toStdout({ stream }))))
      .rejects.toEqual(new SinkError(new RagError('closed-pipe', 'The reader of the output has gone'), { characters: 11 }))
    await settledTurns()

    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))

    await outcome
    expect([stream.listenerCount('drain'), stream.listenerCount('close')]).toEqual([0, 0])
  })

  it.each([
    ['destroyed', (stream: FastStream) => stream.destroy()],
    ['ended', (stream: FastStream) => stream.end()],
    ['broken between two writes', (stream: FastStream) => stream.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))],
  ])('fails when the stream is %s, and nothing ends the process', async (_, end) => {
    const stream = new FastStream()
    const answer = new Subject<Chunk>()
    const outcome = expect(lastValueFrom(answer.pipe(toStdout({ stream })))).rejects.toMatchObject({ code: 'closed-pipe', summary: { characters: 2 } })
    answer.next(text('a'))
    end(stream)
    await settledTurns()

    answer.next(text('b'))

    await outcome
    expect(answer.observed).toBe(false)
  })

  it('ends quietly when the reader of a pipe goes', async () => {
    const sink = fileURLToPath(new URL('../../src/sinks/toStdout.ts', import.meta.url))
    const program = `import { timer, map } from 'rxjs'
      import { toStdout } from ${JSON.stringify(sink)}
      timer(0, 1).pipe(map(() => ({ type: 'text', text: 'x'.repeat(10000) })), toStdout()).subscribe({ error: (error) => { process.stderr.write(error.code); process.exit(0) } })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (piece) => (errors += String(piece)))

    await once(child.stdout, 'data')
    child.stdout.destroy()

    expect(await once(child, 'exit')).toEqual([0, null])
    expect(errors).toBe('closed-pipe')
  })

  it('refuses an answer that starts again after text was shown', async () => {
    const stream = new FastStream()
    const failed = lastValueFrom(of<Chunk[]>(text('void'), reset, text('again'), finish()).pipe(toStdout({ stream })))

    await expect(failed).rejects.toMatchObject({ code: 'reset-refused', summary: { characters: 4 } })
    expect(stream.text).toBe('void')
  })

  it('takes an answer that starts again before its first text', async () => {
    expect(await shown([{ type: 'reasoning', text: 'hm' }, reset, text('again'), finish()])).toBe('again')
  })

  it('fails when the output is lost, and says how', async () => {
    const stream = new FastStream()
    // It was lost before the answer began: the event is for whoever had the stream then.
    stream.on('error', () => undefined)
    stream.destroy(Object.assign(new Error('no space'), { code: 'ENOSPC' }))
    await settledTurns()

    await expect(lastValueFrom(of(text('a')).pipe(toStdout({ stream })))).rejects.toMatchObject({ code: 'output', message: 'Cannot write the output: the disk is full' })
  })

  it('passes on the error of the answer with what was written', async () => {
    const stream = new FastStream()
    const broken = new RagError('broken', 'broken')

    await expect(lastValueFrom(concat(of(text('ab')), throwError(() => broken)).pipe(toStdout({ stream })))).rejects.toEqual(new SinkError(broken, { characters: 2 }))
    expect(stream.text).toBe('ab')
  })

  it('stops writing when it is dropped', () => {
    const stream = new FastStream()
    const answer = new Subject<Chunk>()
    const subscription = answer.pipe(toStdout({ stream })).subscribe()
    answer.next(text('a'))

    subscription.unsubscribe()
    answer.next(text('b'))

    expect([stream.text, answer.observed]).toEqual(['a', false])
  })

  it('sends no control character to a terminal, wherever the chunks are cut', async () => {
    const piece = fc.oneof(fc.constantFrom('\x1b', '[2J', '\x1b]0;x\x07', '\r', '\n', '\x9b', '\u202e', 'plain'), fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(fc.array(piece.map(text), { maxLength: 20 }), async (chunks) => {
        expect(await shown(chunks)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 300 },
    )
  })

  it('writes the text itself anywhere else, however its characters are cut', async () => {
    const cut = fc.string({ unit: 'binary', minLength: 1 }).map((whole) => whole.split('').map(text))
    await fc.assert(
      fc.asyncProperty(cut, async (chunks) => {
        expect(await shown(chunks, false)).toBe(chunks.map((chunk) => chunk.text).join(''))
      }),
      { numRuns: 200 },
    )
    expect(await shown([text('\x1b[1m')], false)).toBe('\x1b[1m')
  })

  it('knows a terminal by its stream', async () => {
    for (const isTTY of [true, false]) {
      const stream = Object.assign(new FastStream(), { isTTY })
      await lastValueFrom(of(text('\x1b')).pipe(toStdout({ stream })))
      expect(stream.text).toBe(isTTY ? '␛' : '\x1b')
    }
  })

  it('is an operator from chunks to a summary', () => {
    expectTypeOf(of<Chunk>().pipe(toStdout())).toEqualTypeOf(of<StdoutSummary>())
  })
})
