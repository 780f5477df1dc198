import { concat, from, lastValueFrom, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { RagError, SinkError } from '../../src/errors.ts'
import { toNdjson } from '../../src/sinks/toNdjson.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { FastStream, SlowStream } from '../support/slowStream.ts'

const answer: Chunk[] = [markAt('sent', 1), text('a\nb \u2028"\ud83d'), reset, text('\x1b'), usage(), finish()]
const linesOf = ({ text: written }: { text: string }) => written.split('\n').slice(0, -1).map((line) => JSON.parse(line) as unknown)

describe('toNdjson', () => {
  it('writes every chunk but marks as a line of JSON', async () => {
    const stream = new FastStream()

    expect(await lastValueFrom(from(answer).pipe(toNdjson({ stream })))).toEqual({ lines: 5 })
    expect(linesOf(stream)).toEqual(answer.slice(1))
  })

  it('writes marks too when asked to', async () => {
    const stream = new FastStream()

    expect(await lastValueFrom(from(answer).pipe(toNdjson({ stream, marks: true })))).toEqual({ lines: 6 })
    expect(linesOf(stream)).toEqual(answer)
  })

  it('waits for a slow reader', async () => {
    const stream = new SlowStream()
    const summary = lastValueFrom(from(answer).pipe(toNdjson({ stream })))

    await stream.drain()

    expect(await summary).toEqual({ lines: 5 })
    expect(linesOf(stream)).toEqual(answer.slice(1))
  })

  it('fails with what it had written when the answer fails or the reader has gone', async () => {
    const broken = new RagError('broken', 'broken')
    const gone = new FastStream()
    gone.destroy()

    await expect(lastValueFrom(concat(of(text('a')), throwError(() => broken)).pipe(toNdjson({ stream: new FastStream() }))))
      .rejects.toEqual(new SinkError(broken, { lines: 1 }))
    await expect(lastValueFrom(from(answer).pipe(toNdjson({ stream: gone })))).rejects.toMatchObject({ code: 'closed-pipe' })
  })

  it('is an operator from chunks to a summary', () => {
    expectTypeOf(of<Chunk>().pipe(toNdjson())).toEqualTypeOf(of<{ readonly lines: number }>())
  })
})
