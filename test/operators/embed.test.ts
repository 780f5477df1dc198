import { EMPTY, NEVER, delay, lastValueFrom, map, of, range, throwError, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { ContractError, InvalidOptionError } from '../../src/errors.ts'
import { embed } from '../../src/operators/embed.ts'
import type { EmbeddedPassage, Embedding, Passage } from '../../src/types/document.ts'
import type { Embedder } from '../../src/types/ports.ts'
import { marbles } from '../support/marbles.ts'
import { passage } from '../support/passage.ts'

const embedding: Embedding = Float32Array.of(1, 2)
const embedded = (text: string): EmbeddedPassage => ({ ...passage(text), embedding })
const passages = { a: passage('a'), b: passage('b'), c: passage('c') }
const embeddedAll = { a: embedded('a'), b: embedded('b'), c: embedded('c') }
const answering = (answer: Embedder['embed'], more: Partial<Embedder> = {}): Embedder => ({ id: 'fake', embed: answer, ...more })
const eachTheSame = answering((texts) => of(texts.map(() => embedding)))

describe('embed', () => {
  it('keeps at most `concurrency` requests in flight', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   abc|        ', passages)
      const request = cold('  ---(r|)     ', { r: [embedding] })
      const requests = ['     ^--!        ', ' -^--!', '---^--!']
      const expected = '      ---ab-(c|)  '

      const result = source.pipe(embed(answering(() => request), { batchSize: 1, concurrency: 2 }))

      expectObservable(result).toBe(expected, embeddedAll)
      expectSubscriptions(request.subscriptions).toBe(requests)
    })
  })

  it('sends a full batch at once, and the rest when the source completes', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('   a-b---c-|    ', passages)
      const expected = '      --(ab)--(c|) '

      expectObservable(source.pipe(embed(eachTheSame, { batchSize: 2 }))).toBe(expected, embeddedAll)
    })
  })

  it('completes with an empty source and asks nothing', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const request = cold('(r|)', { r: [] })
      expectObservable(cold<Passage>('--|').pipe(embed(answering(() => request)))).toBe('--|')
      expectSubscriptions(request.subscriptions).toBe([])
    })
  })

  it('waits with a source that never emits', () => {
    marbles(({ expectObservable }) => {
      expectObservable(NEVER.pipe(embed(eachTheSame))).toBe('-')
    })
  })

  it('passes an error of the source on and ends the requests in flight', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   a-#       ', passages)
      const request = cold('  -----(r|) ', { r: [embedding] })
      const requests = '      ^-!       '

      expectObservable(source.pipe(embed(answering(() => request), { batchSize: 1 }))).toBe('--#')
      expectSubscriptions(request.subscriptions).toBe(requests)
    })
  })

  it('ends with the error of the embedder and drops the other requests', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   ab|     ', passages)
      const failing = cold<Embedding[]>('  --#     ')
      const waiting = cold<Embedding[]>('  ------- ')
      const embedder = answering(([text]) => (text === 'a' ? failing : waiting))

      expectObservable(source.pipe(embed(embedder, { batchSize: 1 }))).toBe('--#')
      expectSubscriptions(waiting.subscriptions).toBe('-^!')
    })
  })

  it('ends the requests in flight when it is unsubscribed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   a------ ', passages)
      const request = cold<Embedding[]>('  ------- ')
      const drop = '          ---!    '
      const requests = '      ^--!    '

      expectObservable(source.pipe(embed(answering(() => request), { batchSize: 1 })), drop).toBe('-')
      expectSubscriptions(source.subscriptions).toBe(requests)
      expectSubscriptions(request.subscriptions).toBe(requests)
    })
  })

  it('fails when the embedder throws instead of returning a stream', () => {
    marbles(({ cold, expectObservable }) => {
      const embedder = answering(() => {
        throw new Error('broken')
      })
      expectObservable(cold('a|', passages).pipe(embed(embedder, { batchSize: 1 }))).toBe('#', undefined, new Error('broken'))
    })
  })

  it.each([
    ['too few', () => of([embedding]), 'Expected 2 embeddings from fake, got 1'],
    ['too many', () => of([embedding, embedding, embedding]), 'Expected 2 embeddings from fake, got 3'],
    ['none at all', () => EMPTY, 'Expected 2 embeddings from fake, got 0'],
    ['the same twice', () => of([embedding, embedding], [embedding, embedding]), 'Expected 2 embeddings from fake, got 4'],
    ['two lengths', () => of([embedding, Float32Array.of(1)]), 'Expected embeddings of 2 dimensions from fake, got 1'],
    ['a hole', () => of([embedding, undefined as unknown as Float32Array]), 'Expected each embedding to be a Float32Array, got undefined'],
    ['plain arrays', () => of([[1, 2], [3, 4]] as unknown as Float32Array[]), 'Expected each embedding to be a Float32Array, got Array'],
    ['longer floats', () => of([Float64Array.of(1), Float64Array.of(2)] as unknown as Float32Array[]), 'Expected each embedding to be a Float32Array, got Float64Array'],
    ['empty ones', () => of([new Float32Array(0), new Float32Array(0)]), 'Expected embeddings of 0 dimensions from fake, got 0'],
  ])('refuses %s', async (_, answer, message) => {
    const failed = lastValueFrom(of(passages.a, passages.b).pipe(embed(answering(answer))))

    await expect(failed).rejects.toThrow(new ContractError(message))
  })

  it('refuses embeddings of another length than the embedder states', async () => {
    const stating = answering(() => of([embedding]), { dimensions: 3 })

    await expect(lastValueFrom(of(passages.a).pipe(embed(stating)))).rejects.toThrow('Expected embeddings of 3 dimensions from fake, got 2')
  })

  it('takes the batch size from the embedder', async () => {
    const sizes: number[] = []
    const embedder = answering((texts) => {
      sizes.push(texts.length)
      return of(texts.map(() => embedding))
    }, { maxBatchSize: 3 })

    await lastValueFrom(range(0, 8).pipe(map(() => passages.a), embed(embedder)))

    expect(sizes).toEqual([3, 3, 2])
  })

  it('embeds 10,000 passages of which most are answered at once', async () => {
    let asked = 0
    const cached = answering(() => (asked++ < 4 ? of([embedding]).pipe(delay(1)) : of([embedding])))

    const all = await lastValueFrom(range(0, 10_000).pipe(map((index) => passage(String(index))), embed(cached, { batchSize: 1 }), toArray()))

    expect(new Set(all.map(({ id }) => id)).size).toBe(10_000)
  })

  it.each([{ batchSize: 0 }, { batchSize: 1.5 }, { concurrency: 0 }, { concurrency: Number.NaN }])('refuses %o at the call', (options) => {
    expect(() => embed(eachTheSame, options)).toThrow(InvalidOptionError)
  })

  it('is an operator from passages to embedded passages', () => {
    expectTypeOf(of(passages.a).pipe(embed(answering(() => throwError(() => new Error('x')))))).toEqualTypeOf(of<EmbeddedPassage>())
    expectTypeOf(embed).parameter(0).toEqualTypeOf<Embedder>()
    expectTypeOf<EmbeddedPassage>().toExtend<Passage>()
  })
})
