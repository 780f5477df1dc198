import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as allOf } from 'node:stream/consumers'
import { type Observable, from, lastValueFrom, mergeMap } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { type RetryStreamOptions, retryStream } from '../../src/operators/retryStream.ts'
import { continueAfterCut } from '../../src/policies/continueAfterCut.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toAsyncIterable } from '../../src/sinks/toAsyncIterable.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { toFile } from '../../src/sinks/toFile.ts'
import { toNdjson } from '../../src/sinks/toNdjson.ts'
import { toReadable } from '../../src/sinks/toReadable.ts'
import { toReadableStream } from '../../src/sinks/toReadableStream.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import { collect } from '../support/collect.ts'
import { FastStream, TurnStream } from '../support/slowStream.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'
import { type FaultServers, ask, startFaultServers, textOf } from './asking.ts'
import type { Asked } from './policies.ts'

// An answer of 200 events with text is cut after each of its events, over a real socket, and read by each sink.

// Some thousand requests, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const textEvents = 200
const text = Array.from({ length: textEvents }, (_, index) => `w${index.toString(36)}é`).join(' ')
/** The role comes first; then the text; then the finish reason, with which the answer is whole. */
const cuts = Array.from({ length: 1 + textEvents + 1 }, (_, afterEvents) => afterEvents)
const isInText = (cut: number) => cut >= 2

let servers: FaultServers
beforeAll(async () => {
  servers = await startFaultServers()
})
afterAll(() => servers.close())

let asked = 0
/** Cut at its first call, whole at the next. Names differ, so that each has its own script. */
function cutOnce(afterEvents: number, type: 'cut' | 'close'): LanguageModel {
  return servers.modelFor(`answer ${asked++}`, (call) => ({ text, continues: true, overlap: 6 * (afterEvents % 4), ...(call === 0 && { fault: { type, afterEvents } }) }))
}
const retrying = (options: RetryStreamOptions) => ({ attempt: (chunks: Observable<Chunk>) => chunks.pipe(requireFinish(), retryStream({ baseDelayMs: 0, ...options })) })
/** Before the first text an answer is asked for again, after it it is gone on with. */
const goingOn = (cut: number, type: 'cut' | 'close'): Asked => ({ model: continueAfterCut(cutOnce(cut, type), retrying({})) })
const startingAgain = (cut: number, type: 'cut' | 'close'): Asked => ({ model: cutOnce(cut, type), ...retrying({ afterText: 'restart' }) })

const linesOf = (written: string) => written.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Chunk)

/** The text that each sink is left with; for one that refuses, why. */
async function readByOperators(answer: Observable<Chunk>, folder: string, cut: number) {
  const [shown, lines] = [cut % 2 === 0 ? new FastStream() : new TurnStream(), new TurnStream()]
  const path = join(folder, `${cut}.md`)
  const [completion, file, stdout] = await lastValueFrom(answer.pipe(fanOut(toCompletion(), toFile(path), toStdout({ stream: shown }), toNdjson({ stream: lines }))))
  return {
    completion: completion.ok && completion.summary.finishReason === 'stop' && completion.summary.text,
    file: file.ok && file.summary.complete && readFileSync(path, 'utf8'),
    lines: textOf(linesOf(lines.text)),
    stdout: stdout.ok ? shown.text : (stdout.error as { code?: string }).code,
    shown: shown.text,
  }
}
const codeOf = (error: unknown) => (error as { code?: string }).code
const readers: Readonly<Record<string, (answer: Observable<Chunk>) => Promise<string | undefined>>> = {
  'toAsyncIterable, of chunks': async (answer) => textOf(await collect(toAsyncIterable(answer))),
  'toReadable, of text': (answer) => allOf(toReadable(answer)).catch(codeOf),
  'toReadableStream, of text': async (answer) => collect(toReadableStream(answer)).then((pieces) => pieces.join(''), codeOf),
}

async function forEveryCut(prove: (cut: number) => Promise<void>, some = cuts): Promise<void> {
  await lastValueFrom(from(some).pipe(mergeMap(prove, 8)))
}

describe('continueAfterCut', () => {
  it('leaves every sink with the whole text, whatever event the answer is cut after', async () => {
    const folder = temporaryFolder()
    await forEveryCut(async (cut) => {
      const read = await readByOperators(ask(goingOn(cut, 'cut')), folder, cut)
      expect({ cut, ...read }).toEqual({ cut, completion: text, file: text, lines: text, stdout: text, shown: text })
    })
  })

  it.each(Object.entries(readers))('leaves %s with the whole text too', async (_, read) => {
    await forEveryCut(async (cut) => expect([cut, await read(ask(goingOn(cut, 'close')))]).toEqual([cut, text]))
  })
})

describe('restart', () => {
  it('leaves file, completion and JSON lines with the whole text, and is refused by a pipe once it has text', async () => {
    const folder = temporaryFolder()
    await forEveryCut(async (cut) => {
      const { shown, ...read } = await readByOperators(ask(startingAgain(cut, 'cut')), folder, cut)
      expect({ cut, ...read }).toEqual({ cut, completion: text, file: text, lines: text, stdout: isInText(cut) ? 'reset-refused' : text })
      // What a pipe has is the text until the cut, and nothing of what came after it.
      expect(shown).toBe(isInText(cut) ? text.split(/(?= )/).slice(0, cut - 1).join('') : text)
    })
  })

  it.each(Object.entries(readers))('is told %s: the text after the reset, or a refusal', async (name, read) => {
    const refuses = name.endsWith('of text')
    // They read by the same means as the sinks above: some cuts will do.
    await forEveryCut(async (cut) => {
      expect([cut, await read(ask(startingAgain(cut, 'close')))]).toEqual([cut, refuses && isInText(cut) ? 'reset-refused' : text])
    }, cuts.filter((cut) => cut < 5 || cut > 197 || cut % 9 === 0))
  })
})
