import { assert, asyncProperty, integer, string } from 'fast-check'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { hashed } from '../../src/models/hashed.ts'

const embed = async (texts: readonly string[], dimensions = 384) => firstValueFrom(hashed({ dimensions }).embed(texts))
const dot = (a: Float32Array | undefined, b: Float32Array | undefined) => Array.from(a ?? []).reduce((sum, value, index) => sum + value * (b?.[index] ?? NaN), 0)

describe('hashed', () => {
  it('says its name, its dimensions and the size of its batches', () => {
    expect(hashed()).toMatchObject({ id: 'hashed-384', dimensions: 384, maxBatchSize: 64 })
    expect(hashed({ dimensions: 64 })).toMatchObject({ id: 'hashed-64', dimensions: 64 })
  })

  it('gives each text an embedding of length 1, in order, the same each time', async () => {
    const texts = ['bees need water', 'the queen lays eggs', '蜜蜂需要水']
    const [first, second] = [await embed(texts), await embed(texts.toReversed())]
    expect(first).toHaveLength(3)
    for (const embedding of first) {
      expect(embedding).toHaveLength(384)
      expect(dot(embedding, embedding)).toBeCloseTo(1, 5)
    }
    expect(first.toReversed()).toEqual(second)
  })

  it('never changes its numbers: indexes hold them', async () => {
    const [embedding] = await embed(['bees need water'], 8)
    expect(Array.from(embedding ?? [], (value) => value.toFixed(4))).toMatchInlineSnapshot(`
      [
        "0.4160",
        "-0.5547",
        "-0.4160",
        "0.2774",
        "-0.2774",
        "0.4160",
        "0.0000",
        "-0.1387",
      ]
    `)
  })

  it.each([
    ['mergeMap limits concurrency', 'limit the concurrency of mergeMap', 'bees need water in summer'],
    ['The hive is open', 'opening hives', 'the tax on tea'],
    ['asynchronous programming in Python', 'async programs with python', 'a recipe for bread'],
    ['proof of work', 'the proof-of-work chain', 'a walk in the park'],
  ])('puts %j nearer to %j than to %j', async (text, near, far) => {
    const [a, b, c] = await embed([text, near, far])
    expect(dot(a, b)).toBeGreaterThan(dot(a, c) + 0.2)
  })

  it('finds the one text among a hundred that shares words with the question', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `note ${index} speaks of subject${index} and matter${index * 7}`)
    const [question, ...others] = await embed(['what does the note on subject42 say', ...texts])
    const best = others.map((other, index) => ({ index, score: dot(question, other) })).toSorted((a, b) => b.score - a.score)[0]
    expect(best?.index).toBe(42)
  })

  it('gives a text without words the zero embedding', async () => {
    for (const embedding of await embed(['', '  \n', '?!', 'the of and'])) expect(embedding.every((value) => value === 0)).toBe(true)
  })

  it('emits once for no texts, and starts nothing before it is subscribed', async () => {
    expect(await embed([])).toEqual([])
    expect(() => hashed().embed(['a'])).not.toThrow()
  })

  it('refuses dimensions that are no positive integer', () => {
    for (const dimensions of [0, -1, 1.5, NaN]) expect(() => hashed({ dimensions })).toThrow('dimensions')
  })

  it('gives finite numbers of length 1 or 0 for any text', async () => {
    await assert(
      asyncProperty(string({ unit: 'binary', maxLength: 200 }), integer({ min: 1, max: 50 }), async (text, dimensions) => {
        const [embedding] = await embed([text], dimensions)
        const length = Math.sqrt(dot(embedding, embedding))
        expect(length === 0 || Math.abs(length - 1) < 1e-4).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
