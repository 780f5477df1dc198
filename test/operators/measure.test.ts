import * as fc from 'fast-check'
import { from, lastValueFrom, of, range, map } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Timings, createTimings, measure } from '../../src/operators/measure.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { call, finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'

const measured = (...chunks: Chunk[]): Promise<Timings> => lastValueFrom(from(chunks).pipe(measure()))

/** An answer whose stages took 1, 2, 4, … milliseconds, so that every sum of stages is another number. */
const golden: Chunk[] = [
  markAt('accepted', 1000, 0),
  markAt('condensed', 1001, 0),
  markAt('embedded', 1003, 0),
  markAt('retrieved', 1007, 0),
  markAt('reranked', 1015, 0),
  markAt('prompted', 1031, 0),
  markAt('sent', 1063),
  markAt('any1', 1127),
  { type: 'reasoning', text: 'hm' },
  markAt('visible1', 1255),
  text('ab'),
  text('cde'),
  text('f'),
  markAt('last', 1511),
  markAt('finished', 2023),
  usage(call(3, 4)),
  finish(),
]

describe('measure', () => {
  it('folds the marks of an answer into the times of its stages', async () => {
    const { type: _, ...used } = usage(call(3, 4))

    expect(await measured(...golden)).toEqual({
      waitMs: 255,
      condenseMs: 1,
      embedMs: 2,
      retrieveMs: 4,
      rerankMs: 8,
      promptMs: 16,
      connectMs: 32,
      ttftMs: 64,
      ttfoMs: 192,
      gapMs: 128,
      tpotMs: 128,
      streamMs: 768,
      latencyMs: 1023,
      textChunks: 3,
      characters: 6,
      usage: used,
      finishReason: 'stop',
    })
  })

  it('has stages that add up to the wait, and with the stream to the whole, whichever of them an answer passed', () => {
    const optional = ['condensed', 'embedded', 'retrieved', 'reranked', 'prompted'] as const
    fc.assert(
      fc.property(fc.subarray([...optional]), fc.infiniteStream(fc.integer({ min: 0, max: 1000 })), (passed, steps) => {
        let now = 0
        const names = ['accepted', ...passed, 'sent', 'visible1', 'last', 'finished'] as const
        const fold = createTimings()
        for (const name of names) fold.take(markAt(name, (now += steps.next().value), optional.some((stage) => stage === name) ? 0 : 1))
        const { condenseMs = 0, embedMs = 0, retrieveMs = 0, rerankMs = 0, promptMs = 0, connectMs = 0, ttfoMs = 0, waitMs, streamMs = 0, latencyMs } = fold.timings()

        expect(condenseMs + embedMs + retrieveMs + rerankMs + promptMs + connectMs + ttfoMs).toBeCloseTo(waitMs ?? NaN, 6)
        expect((waitMs ?? NaN) + streamMs).toBeCloseTo(latencyMs ?? NaN, 6)
      }),
    )
  })

  it('leaves out the stages that an answer did not pass', async () => {
    const result = await measured(markAt('accepted', 0), markAt('retrieved', 3), markAt('prompted', 4), text('a'), finish('length'))

    expect(result).toEqual({ retrieveMs: 3, promptMs: 1, textChunks: 1, characters: 1, finishReason: 'length' })
  })

  it('gives no gap for a single chunk of text', async () => {
    const result = await measured(markAt('visible1', 5), text('a'), markAt('last', 5), finish())

    expect(result).not.toHaveProperty('gapMs')
  })

  it('counts from the first send to the first text of the attempt that gave the answer', async () => {
    const error = { code: 'lost', message: 'lost' }
    const result = await measured(
      markAt('accepted', 0, 0), markAt('sent', 10, 1), { type: 'retry', attempt: 2, delayMs: 100, error },
      markAt('sent', 200, 2), markAt('any1', 230, 2), markAt('visible1', 240, 2), text('a'), markAt('finished', 300, 2), finish(),
    )

    expect(result).toMatchObject({ waitMs: 240, ttftMs: 220, ttfoMs: 230, latencyMs: 300 })
  })

  it('counts neither text nor times of an attempt that was taken back', async () => {
    const result = await measured(
      markAt('accepted', 0, 0), markAt('sent', 10, 1), markAt('visible1', 20, 1), text('void'), text('void'),
      reset, markAt('sent', 100, 2), markAt('visible1', 150, 2), text('a'), text('bc'), markAt('last', 180, 2), finish(),
    )

    expect(result).toMatchObject({ waitMs: 150, ttfoMs: 140, gapMs: 30, textChunks: 2, characters: 3 })
  })

  it('gives the same times for a recorded answer', async () => {
    const recorded = golden.map((chunk) => JSON.parse(JSON.stringify(chunk)) as Chunk)

    expect(await measured(...recorded)).toEqual(await measured(...golden))
  })

  it('gives the counts alone for an empty answer', async () => {
    expect(await measured()).toEqual({ textChunks: 0, characters: 0 })
  })

  it('emits once at the end, passes on an error, and unsubscribes from its source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Chunk>('a-b-|', { a: text('a'), b: text('b') })
      const silent = cold<Chunk>('a----', { a: text('a') })

      expectObservable(source.pipe(measure())).toBe('----(t|)', { t: { textChunks: 2, characters: 2 } })
      expectObservable(cold<Chunk>('-a-#', { a: text('a') }).pipe(measure())).toBe('---#')
      expectObservable(silent.pipe(measure()), '---!').toBe('-')
      expectSubscriptions(silent.subscriptions).toBe('^--!')
    })
  })

  it('folds 10,000 chunks', async () => {
    expect(await lastValueFrom(range(0, 10_000).pipe(map(() => text('ab')), measure()))).toEqual({ textChunks: 10_000, characters: 20_000 })
  })

  it('is an operator from chunks to timings', () => {
    expectTypeOf(of<Chunk>().pipe(measure())).toEqualTypeOf(of<Timings>())
  })
})
