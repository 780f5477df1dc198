import { concat, firstValueFrom, from, lastValueFrom, map, of, range, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ProviderError, RagError, SinkError } from '../../src/errors.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import type { Chunk, CitationChunk } from '../../src/types/chunk.ts'
import type { Completion } from '../../src/types/completion.ts'
import { call, finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'

const passages = [scoredPassage('because')]
const citation: CitationChunk = { type: 'citation', marker: 1, passageId: 'p', start: 0, end: 3, valid: true }
const gathered = (...chunks: Chunk[]) => lastValueFrom(from(chunks).pipe(toCompletion()))

describe('toCompletion', () => {
  it('is left with the completion', async () => {
    const chunks = concat([text('a'), finish()], throwError(() => new Error('broken')))
    expect(await firstValueFrom(from([text('a'), finish()]).pipe(toCompletion()))).toMatchObject({ text: 'a', finishReason: 'stop' })
    expect(await firstValueFrom(chunks.pipe(toCompletion({ settle: true })))).toMatchObject({ text: 'a', error: { code: expect.any(String) as string } })
  })

  it('gathers an answer whole', async () => {
    const { type: _, ...used } = usage(call(3, 4))
    const chunks: Chunk[] = [
      markAt('sent', 1), { type: 'sources', passages }, { type: 'reasoning', text: 'h' }, { type: 'reasoning', text: 'm' },
      text('Be'), text('cause.'), citation, usage(call(3, 4)), finish('length'),
    ]

    expect(await lastValueFrom(from(chunks).pipe(toCompletion({ id: '7', question: 'Why?' })))).toEqual({
      id: '7', question: 'Why?', text: 'Because.', reasoning: 'hm', finishReason: 'length', sources: passages, citations: [citation], usage: used,
    })
  })

  it('forgets text, reasoning and citations of an attempt that was taken back, and keeps the sources', async () => {
    const completion = await gathered({ type: 'sources', passages }, { type: 'reasoning', text: 'x' }, text('void'), citation, reset, text('a'), finish())

    expect(completion).toMatchObject({ text: 'a', finishReason: 'stop', sources: passages, citations: [] })
    expect(completion).not.toHaveProperty('reasoning')
  })

  it('calls an answer without an end partial', async () => {
    expect(await gathered(text('a'))).toEqual({ text: 'a', finishReason: 'partial', sources: [], citations: [] })
    expect(await gathered()).toEqual({ text: '', finishReason: 'partial', sources: [], citations: [] })
  })

  it('fails with what had come when the answer fails', async () => {
    const error = new ProviderError('overloaded', 'busy', { status: 503 })
    const failed = lastValueFrom(concat(of(text('ab'), usage()), throwError(() => error)).pipe(toCompletion({ id: '7' })))

    await expect(failed).rejects.toEqual(new SinkError(error, expect.anything()))
    await expect(failed).rejects.toMatchObject({
      code: 'overloaded',
      retryable: true,
      summary: { id: '7', text: 'ab', finishReason: 'partial', error: { code: 'overloaded', message: 'busy', status: 503 }, usage: { calls: [] } },
    })
  })

  it('shows of a foreign error only what may be shown', async () => {
    const error = Object.assign(new Error('boom'), { key: 'sk-secret' })

    await expect(lastValueFrom(throwError(() => error).pipe(toCompletion()))).rejects.toMatchObject({ summary: { error: { code: 'internal', message: 'boom' } } })
    await expect(lastValueFrom(throwError(() => new RagError('x', 'y')).pipe(toCompletion()))).rejects.toMatchObject({ summary: { error: { code: 'x', message: 'y' } } })
  })

  it('starts empty for every subscription', async () => {
    const completion = of<Chunk[]>(text('a'), finish()).pipe(toCompletion())

    expect(await lastValueFrom(completion)).toEqual(await lastValueFrom(completion))
  })

  it('gathers 10,000 chunks', async () => {
    expect((await lastValueFrom(range(0, 10_000).pipe(map(() => text('ab')), toCompletion()))).text).toHaveLength(20_000)
  })

  it('is an operator from chunks to a completion', () => {
    expectTypeOf(of<Chunk>().pipe(toCompletion())).toEqualTypeOf(of<Completion>())
  })

  it('keeps what each failed attempt said, announced by a retry, a reset, or both', async () => {
    const error = { code: 'truncated', message: 'cut' }
    const chunks: Chunk[] = [
      { type: 'retry', attempt: 1, delayMs: 0, error },
      { type: 'retry', attempt: 2, delayMs: 0, error },
      { type: 'reset', attempt: 3, error },
      text('void'),
      { type: 'reset', attempt: 4, error },
      text('a'),
      finish(),
    ]
    expect(await gathered(...chunks)).toMatchObject({ text: 'a', failures: [1, 2, 3].map((attempt) => ({ attempt, error })) })
  })

  it('gives a failed answer as a completion when it is told to settle', async () => {
    const broken = concat(of<Chunk[]>(text('ab')), throwError(() => new RagError('broken', 'it broke')))

    expect(await lastValueFrom(broken.pipe(toCompletion({ id: '1', settle: true })))).toMatchObject({
      id: '1', text: 'ab', finishReason: 'partial', error: { code: 'broken', message: 'it broke' },
    })
  })
})
