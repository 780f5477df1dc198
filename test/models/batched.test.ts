import * as fc from 'fast-check'
import { lastValueFrom, NEVER, type Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ContractError, InvalidOptionError, ProviderError } from '../../src/errors.ts'
import { batched } from '../../src/models/batched.ts'
import type { Embedding } from '../../src/types/document.ts'
import type { Embedder } from '../../src/types/ports.ts'
import { marbles } from '../support/marbles.ts'

/** The embedding of a text is its first character. */
const embeddingOf = (text: string) => Float32Array.of(text.codePointAt(0) ?? 0)
const embeddings = (...texts: string[]) => texts.map(embeddingOf)

function recorder(answer: (texts: readonly string[], number: number) => Observable<readonly Embedding[]> = (texts) => of(texts.map(embeddingOf))) {
  const requests: (readonly string[])[] = []
  const embedder: Embedder = { id: 'e', embed: (texts) => answer(texts, requests.push(texts) - 1) }
  return { requests, embedder }
}

describe('batched', () => {
  it('gathers the calls of a while into one request, and gives each its own', () => {
    marbles(({ cold, expectObservable, flush }) => {
      const { requests, embedder } = recorder(() => cold('---(r|)', { r: embeddings('a', 'b', 'c') }))
      const port = batched(embedder, { maxWaitMs: 2 })
      expectObservable(port.embed(['a', 'b'])).toBe('-----(x|)', { x: embeddings('a', 'b') })
      expectObservable(port.embed(['c']), '-^').toBe('-----(x|)', { x: embeddings('c') })
      flush()
      expect(requests).toEqual([['a', 'b', 'c']])
    })
  })

  it('sends a full request without waiting, and the rest when it has waited', () => {
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const full = cold(' -(r|)', { r: embeddings('a', 'b') })
      const rest = cold('     -(r|)', { r: embeddings('c') })
      const { requests, embedder } = recorder((_, number) => (number === 0 ? full : rest))
      expectObservable(batched(embedder, { maxBatchSize: 2, maxWaitMs: 5 }).embed(['a', 'b', 'c'])).toBe('------(x|)', { x: embeddings('a', 'b', 'c') })
      expectSubscriptions(full.subscriptions).toBe(' ^!')
      expectSubscriptions(rest.subscriptions).toBe(' -----^!')
      flush()
      expect(requests).toEqual([['a', 'b'], ['c']])
    })
  })

  it('bounds requests by tokens; a text above the bound goes alone', () => {
    marbles(({ flush, expectObservable }) => {
      const { requests, embedder } = recorder()
      const texts = ['aaaa', 'bbb', 'cccccccccccc', 'dd', 'éé']
      expectObservable(batched(embedder, { maxBatchTokens: 7, maxWaitMs: 1 }).embed(texts)).toBe('-(x|)', { x: embeddings(...texts) })
      flush()
      expect(requests).toEqual([['aaaa', 'bbb'], ['cccccccccccc'], ['dd', 'éé']])
    })
  })

  it('counts tokens with the tokenizer given', () => {
    marbles(({ flush }) => {
      const { requests, embedder } = recorder()
      const tokenizer = { id: 't', exact: true, count: (text: string) => text.length / 2 }
      batched(embedder, { maxBatchTokens: 2, tokenizer }).embed(['aa', 'bb', 'cc']).subscribe()
      flush()
      expect(requests).toEqual([['aa', 'bb'], ['cc']])
    })
  })

  it('keeps at most `concurrency` requests in flight', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const request = (text: string) => cold('--(r|)', { r: embeddings(text) })
      const requests = { a: request('a'), b: request('b'), c: request('c') }
      const { embedder } = recorder(([text]) => requests[text as 'a'])
      expectObservable(batched(embedder, { maxBatchSize: 1, concurrency: 2 }).embed(['a', 'b', 'c'])).toBe('----(x|)', { x: embeddings('a', 'b', 'c') })
      expectSubscriptions(requests.a.subscriptions).toBe('^-!')
      expectSubscriptions(requests.b.subscriptions).toBe('^-!')
      expectSubscriptions(requests.c.subscriptions).toBe('--^-!')
    })
  })

  it('embeds equal texts under way once, whether they wait or are in a request', () => {
    marbles(({ cold, expectObservable, flush }) => {
      const { requests, embedder } = recorder(() => cold('----(r|)', { r: embeddings('a') }))
      const port = batched(embedder, { maxWaitMs: 2 })
      expectObservable(port.embed(['a', 'a'])).toBe('------(x|)', { x: embeddings('a', 'a') })
      expectObservable(port.embed(['a']), '-^').toBe('------(x|)', { x: embeddings('a') })
      expectObservable(port.embed(['a']), '----^').toBe('------(x|)', { x: embeddings('a') })
      flush()
      expect(requests).toEqual([['a']])
    })
  })

  it('asks again for a text when its request is over', () => {
    marbles(({ cold, flush, expectObservable }) => {
      const { requests, embedder } = recorder(() => cold('-(r|)', { r: embeddings('a') }))
      const port = batched(embedder, { maxWaitMs: 0 })
      expectObservable(port.embed(['a'])).toBe('-(x|)', { x: embeddings('a') })
      expectObservable(port.embed(['a']), '---^').toBe('----(x|)', { x: embeddings('a') })
      flush()
      expect(requests).toEqual([['a'], ['a']])
    })
  })

  it('leaves the others alone when one caller goes', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const request = cold('---(r|)', { r: embeddings('a', 'b') })
      const { embedder } = recorder(() => request)
      const port = batched(embedder, { maxWaitMs: 1 })
      expectObservable(port.embed(['a']), '^--!').toBe('----')
      expectObservable(port.embed(['b'])).toBe('----(x|)', { x: embeddings('b') })
      expectSubscriptions(request.subscriptions).toBe('-^--!')
    })
  })

  it('drops a request that nobody waits for, and starts the next in its place', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const dropped = cold('------(r|)', { r: embeddings('a', 'b') })
      const next = cold('   -(r|)', { r: embeddings('c') })
      const { embedder } = recorder(([text]) => (text === 'a' ? dropped : next))
      const port = batched(embedder, { maxBatchSize: 2, maxWaitMs: 1, concurrency: 1 })
      expectObservable(port.embed(['a']), '  ^-!')
      expectObservable(port.embed(['b']), '  ^---!')
      expectObservable(port.embed(['c'])).toBe('-----(x|)', { x: embeddings('c') })
      expectSubscriptions(dropped.subscriptions).toBe('^---!')
      expectSubscriptions(next.subscriptions).toBe('----^!')
    })
  })

  it('takes out the waiting texts of a caller that goes, and then sends nothing', () => {
    marbles(({ expectObservable, flush }) => {
      const { requests, embedder } = recorder()
      const port = batched(embedder, { maxWaitMs: 3 })
      expectObservable(port.embed(['a', 'b']), '^-!').toBe('---')
      expectObservable(port.embed(['b', 'c']), '-----^').toBe('--------(x|)', { x: embeddings('b', 'c') })
      flush()
      expect(requests).toEqual([['b', 'c']])
    })
  })

  it('fails the callers of a failed request and no others', () => {
    marbles(({ cold, expectObservable }) => {
      const { embedder } = recorder(([text]) => (text === 'a' ? cold('--#') : cold('---(r|)', { r: embeddings('c') })))
      const port = batched(embedder, { maxBatchSize: 2 })
      expectObservable(port.embed(['a'])).toBe('--#')
      expectObservable(port.embed(['b'])).toBe('--#')
      expectObservable(port.embed(['c'])).toBe('--------(x|)', { x: embeddings('c') })
    })
  })

  it('drops the other requests of a caller that failed', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const other = cold('-----(r|)', { r: embeddings('b') })
      const { embedder } = recorder(([text]) => (text === 'a' ? cold('--#') : other))
      expectObservable(batched(embedder, { maxBatchSize: 1 }).embed(['a', 'b'])).toBe('--#')
      expectSubscriptions(other.subscriptions).toBe('^-!')
    })
  })

  describe('when a request is refused for what is in it', () => {
    const letters = 'abcdefghij'.split('')
    const refusing = (status: number, isTooMuch: (texts: readonly string[]) => boolean) =>
      recorder((texts) => (isTooMuch(texts) ? throwError(() => new ProviderError('refused', `no ${texts.join('')}`, { status })) : of(texts.map(embeddingOf))))

    it.each([400, 413, 422, 500])('halves it until it is taken (%i)', async (status) => {
      const { requests, embedder } = refusing(status, (texts) => texts.length > 2)
      expect(await lastValueFrom(batched(embedder, { concurrency: 1 }).embed(['a', 'b', 'c', 'd', 'e']))).toEqual(embeddings('a', 'b', 'c', 'd', 'e'))
      expect(requests.map((texts) => texts.join(''))).toEqual(['abcde', 'abc', 'ab', 'c', 'de'])
    })

    it.each([401, 404, 429, 502, 503])('does not halve it for %i', async (status) => {
      const { requests, embedder } = refusing(status, () => true)
      await expect(lastValueFrom(batched(embedder).embed(['a', 'b']))).rejects.toThrow('no ab')
      expect(requests).toHaveLength(1)
    })

    it.each(letters)('fails one text at which the server breaks (500), and no other: %s', async (bad) => {
      const { embedder } = refusing(500, (texts) => texts.includes(bad))
      const port = batched(embedder)
      const results = await Promise.allSettled(letters.map((text) => lastValueFrom(port.embed([text]))))
      expect(results.flatMap(({ status }, index) => (status === 'rejected' ? letters[index] : []))).toEqual([bad])
    })

    it('does not ask for every text when the server breaks at all of them', async () => {
      const { requests, embedder } = refusing(500, () => true)
      const texts = Array.from({ length: 64 }, (_, index) => `text ${index}`)
      const port = batched(embedder, { concurrency: 1 })
      const results = await Promise.allSettled(texts.map((text) => lastValueFrom(port.embed([text]))))
      expect(results.every(({ status }) => status === 'rejected')).toBe(true)
      // Down to two single texts, and each half that was put aside on the way.
      expect(requests.length).toBeLessThan(2 * Math.log2(64) + 2)
    })

    it('fails the callers of the text at fault and no others, whatever texts and callers', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }), fc.subarray(letters), fc.integer({ min: 1, max: 3 }), async (calls, bad, concurrency) => {
          const { requests, embedder } = refusing(400, (texts) => texts.some((text) => bad.includes(text)))
          const port = batched(embedder, { maxWaitMs: 0, concurrency })
          const results = await Promise.allSettled(calls.map((texts) => lastValueFrom(port.embed(texts))))
          results.forEach((result, index) => {
            const texts = calls[index] ?? []
            if (texts.some((text) => bad.includes(text))) expect(result.status).toBe('rejected')
            else expect(result).toEqual({ status: 'fulfilled', value: texts.map(embeddingOf) })
          })
          // What was paid for is not asked for again.
          const taken = requests.filter((texts) => !texts.some((text) => bad.includes(text))).flat()
          expect(new Set(taken).size).toBe(taken.length)
          expect(await lastValueFrom(batched(embedder).embed([]))).toEqual([])
        }),
        { numRuns: 200 },
      )
    })

    it('does not ask for halves that nobody waits for any more, and goes on with others', async () => {
      const { requests, embedder } = refusing(400, (texts) => texts.some((text) => 'abcd'.includes(text)))
      const port = batched(embedder, { maxWaitMs: 0, concurrency: 1 })
      await expect(lastValueFrom(port.embed(['a', 'b', 'c', 'd']))).rejects.toThrow('no a')
      expect(await lastValueFrom(port.embed(['x']))).toEqual(embeddings('x'))
      expect(requests.map((texts) => texts.join(''))).toEqual(['abcd', 'ab', 'a', 'x'])
    })
  })

  it.each<[string, Observable<readonly Embedding[]>]>([
    ['too few', of(embeddings('a'))],
    ['too many', of(embeddings('a', 'b', 'c'))],
    ['none', of()],
    ['no list of', of(null as unknown as readonly Embedding[])],
    ['a hole among', of([...embeddings('a'), undefined as unknown as Embedding])],
    ['plain arrays for', of([[1], [2]] as unknown as Embedding[])],
  ])('refuses %s embeddings', async (_, answer) => {
    await expect(lastValueFrom(batched({ id: 'e', embed: () => answer }).embed(['a', 'b']))).rejects.toBeInstanceOf(ContractError)
  })

  it('passes on what an embedder throws, and can be used again', async () => {
    let fail = true
    const port = batched({
      id: 'e',
      embed: (texts) => {
        if (fail) throw new Error('thrown')
        return of(texts.map(embeddingOf))
      },
    })
    await expect(lastValueFrom(port.embed(['a']))).rejects.toThrow('thrown')
    fail = false
    expect(await lastValueFrom(port.embed(['a']))).toEqual(embeddings('a'))
  })

  it('answers no texts at once, without a request', async () => {
    const { requests, embedder } = recorder()
    expect(await lastValueFrom(batched(embedder).embed([]))).toEqual([])
    expect(requests).toEqual([])
  })

  it('embeds 10,000 texts in one call and in 10,000 calls, with an embedder that answers at once', async () => {
    const texts = Array.from({ length: 10_000 }, (_, index) => String.fromCodePoint(0x4e00 + index))
    const { requests, embedder } = recorder()
    expect(await lastValueFrom(batched(embedder, { maxBatchSize: 1, concurrency: 1 }).embed(texts))).toEqual(texts.map(embeddingOf))
    const port = batched(embedder, { maxBatchSize: 7, concurrency: 1 })
    expect(await lastValueFrom(port.embed(texts))).toEqual(texts.map(embeddingOf))
    expect(await Promise.all(texts.map((text) => lastValueFrom(port.embed([text]))))).toEqual(texts.map((text) => [embeddingOf(text)]))
    expect(requests.every((request) => request.length <= 7)).toBe(true)
    expect(requests.flat()).toHaveLength(30_000)
  })

  it('serves a call made in answer to another', async () => {
    const port = batched(recorder().embedder, { maxBatchSize: 1 })
    const answered = new Subject<readonly Embedding[]>()
    const second = lastValueFrom(answered)
    port.embed(['a']).subscribe(() => port.embed(['a']).subscribe(answered))
    expect(await second).toEqual(embeddings('a'))
  })

  it('keeps the name, the dimensions and the bounds of the embedder', () => {
    const embedder: Embedder = { id: 'e', dimensions: 3, maxBatchSize: 9, maxBatchTokens: 99, embed: () => NEVER }
    expect(batched(embedder)).toMatchObject({ id: 'e', dimensions: 3, maxBatchSize: 9, maxBatchTokens: 99 })
  })

  it.each([{ maxBatchSize: 0 }, { maxBatchTokens: 0 }, { maxWaitMs: -1 }, { maxWaitMs: Number.NaN }, { concurrency: 0 }])('refuses %j at the call', (options) => {
    expect(() => batched({ id: 'e', embed: () => throwError(() => new Error('unused')) }, options)).toThrow(InvalidOptionError)
  })
})
