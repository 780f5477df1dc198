import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { type Observable, from, lastValueFrom, mergeMap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toAsyncIterable } from '../../src/sinks/toAsyncIterable.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { toFile } from '../../src/sinks/toFile.ts'
import { toNdjson } from '../../src/sinks/toNdjson.ts'
import { toReadable } from '../../src/sinks/toReadable.ts'
import { toReadableStream } from '../../src/sinks/toReadableStream.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { collect } from '../support/collect.ts'
import { FastStream, TurnStream } from '../support/slowStream.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'

/** The text after the last `reset`: the rule that every sink obeys. */
function textByTheRule(chunks: readonly Chunk[]): string {
  const start = chunks.findLastIndex(({ type }) => type === 'reset') + 1
  return chunks.slice(start).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
}

const linesOf = (written: string) => written.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Chunk)

/** Those who can take text back, and the text that each is left with. */
const revising: Readonly<Record<string, (answer: Observable<Chunk>) => Promise<string>>> = {
  toCompletion: async (answer) => (await lastValueFrom(answer.pipe(toCompletion()))).text,
  toFile: async (answer) => readFileSync((await lastValueFrom(answer.pipe(toFile(join(temporaryFolder(), 'a.md'))))).path, 'utf8'),
  toNdjson: async (answer) => {
    const stream = new FastStream()
    await lastValueFrom(answer.pipe(toNdjson({ stream })))
    return textByTheRule(linesOf(stream.text))
  },
  'toNdjson, slow': async (answer) => {
    const stream = new TurnStream()
    await lastValueFrom(answer.pipe(toNdjson({ stream })))
    return textByTheRule(linesOf(stream.text))
  },
  toAsyncIterable: async (answer) => textByTheRule(await collect(toAsyncIterable(answer))),
  'toReadableStream of chunks': async (answer) => textByTheRule(await collect(toReadableStream(answer, { objectMode: true }))),
  'toReadable of chunks': async (answer) => textByTheRule(await collect(toReadable(answer, { objectMode: true }) as AsyncIterable<Chunk>)),
}

/** Those who cannot. */
const appendOnly: Readonly<Record<string, (answer: Observable<Chunk>) => Promise<string>>> = {
  toStdout: async (answer) => {
    const stream = new FastStream()
    await lastValueFrom(answer.pipe(toStdout({ stream })))
    return stream.text
  },
  'toStdout, slow': async (answer) => {
    const stream = new TurnStream()
    await lastValueFrom(answer.pipe(toStdout({ stream })))
    return stream.text
  },
  'toReadableStream of text': async (answer) => (await collect(toReadableStream(answer))).join(''),
  'toReadable of text': (answer) => textOf(toReadable(answer)),
}

const first: readonly Chunk[] = [markAt('sent', 1), { type: 'reasoning', text: 'hm' }, text('eins '), text('zwei '), markAt('last', 2), text('drei')]
const second: readonly Chunk[] = [text('one '), { type: 'reasoning', text: 'so' }, text('two')]
const last: readonly Chunk[] = [usage(), finish()]

/** An answer broken off at every place and begun again; and one broken off at two. */
const answers = [
  ...Array.from({ length: first.length + 1 }, (_, cut) => ({ name: `cut after ${cut}`, chunks: [...first.slice(0, cut), reset, ...second, ...last] })),
  ...Array.from({ length: second.length + 1 }, (_, cut) => ({ name: `cut again after ${cut}`, chunks: [...first, reset, ...second.slice(0, cut), reset, ...first, ...last] })),
  { name: 'cut twice in a row', chunks: [...first, reset, reset, ...second, ...last] },
  { name: 'cut before its end', chunks: [...first, reset, ...last] },
]

/** All in one turn, and each chunk in its own. */
const paces: readonly [string, (chunks: readonly Chunk[]) => Observable<Chunk>][] = [
  ['at once', (chunks) => from(chunks)],
  ['bit by bit', (chunks) => from(chunks).pipe(mergeMap((chunk) => new Promise<Chunk>((resolve) => setImmediate(resolve, chunk)), 1))],
]

describe.each(paces)('an answer that starts again, coming %s', (_, paced) => {
  it.each(Object.entries(revising))('leaves %s with the text after the last reset, wherever it was cut', async (_name, read) => {
    for (const { name, chunks } of answers) expect([name, await read(paced(chunks))]).toEqual([name, textByTheRule(chunks)])
  })

  it.each(Object.entries(appendOnly))('is refused by %s once text was written, and taken before', async (_name, read) => {
    for (const { name, chunks } of answers) {
      const isTaken = chunks.findLastIndex(({ type }) => type === 'reset') < chunks.findIndex(({ type }) => type === 'text')
      const outcome = await read(paced(chunks)).catch((error: { code?: string }) => error.code)
      expect([name, outcome]).toEqual([name, isTaken ? textByTheRule(chunks) : 'reset-refused'])
    }
  })

  it('is refused by a pipe alone: the sinks beside it go on', async () => {
    const chunks = [...first, reset, ...second, ...last]
    const path = join(temporaryFolder(), 'a.md')
    const stream = new TurnStream()

    const [shown, whole, saved] = await lastValueFrom(paced(chunks).pipe(fanOut(toStdout({ stream }), toCompletion(), toFile(path))))

    expect(shown).toMatchObject({ ok: false, error: { code: 'reset-refused' }, summary: { characters: 14 } })
    expect(whole).toMatchObject({ ok: true, summary: { text: 'one two' } })
    expect(saved).toMatchObject({ ok: true, summary: { complete: true } })
    expect([stream.text, readFileSync(path, 'utf8')]).toEqual(['eins zwei drei', 'one two'])
  })
})
