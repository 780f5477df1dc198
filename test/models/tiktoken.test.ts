import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { get_encoding } from 'tiktoken'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type Encoding, encodingForModel, tiktoken } from '../../src/models/tiktoken.ts'
import { encodings } from '../../src/models/tiktokenEncodings.ts'
import { sharedData } from '../support/sharedData.ts'

const tablesRead = vi.hoisted(() => ({ paths: [] as string[] }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return {
    ...fs,
    readFileSync: (path: string | URL, encoding: 'utf8') => {
      if (String(path).includes('encoders')) tablesRead.paths.push(String(path))
      return fs.readFileSync(path, encoding)
    },
  }
})

const encoders = new Map(encodings.map((encoding) => [encoding, get_encoding(encoding)]))
afterAll(() => encoders.forEach((encoder) => encoder.free()))

const ordinary = (encoding: Encoding, text: string) => encoders.get(encoding)?.encode_ordinary(text).length

/** What the patterns of tokenizers tell apart, and what lies between: cases, marks, numbers, blanks, halves of pairs. */
const atoms = [
  'a', 'B', 'あ', '中', '\u0301', 'ǅ', 'ʰ', '1', '٣', '²', '\n', '\r', ' ', '\t', '\u00a0', '\u3000', '\u0085', '\ufeff', '\u2028', '!', '/', "'", "'s", "'S",
  "'ſ", "'LL", "'re", "'v", '’s', '.', '<|endoftext|>', '😀', '𝐀', '𝐚', '𠀀', '\ud83d', '\ude00', 'don', 'HELLO', 'hello', 'क्', 'ि', '_', '\u200d', '\u0600', '\0', 'ß', 'İ', 'K',
]
const text = fc.array(fc.oneof(fc.constantFrom(...atoms), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 30 }).map((parts) => parts.join(''))
const textWithRuns = fc
  .array(fc.tuple(fc.constantFrom(...atoms), fc.integer({ min: 1, max: 700 })), { maxLength: 5 })
  .map((parts) => parts.map(([atom, count]) => atom.repeat(count)).join(''))
const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 5 }))

describe('tiktoken', () => {
  it('loads no table before the first count', () => {
    const tokenizer = tiktoken()
    const counter = tokenizer.counter?.()
    expect(tokenizer.id).toBe('o200k_base')
    expect(tokenizer.count('')).toBe(0)
    expect(tablesRead.paths).toEqual([])
    expect(counter?.add('Hello')).toBe(1)
    expect(tablesRead.paths.length).toBe(1)
    tiktoken().count('Hello')
    expect(tablesRead.paths.length).toBe(1)
  })

  for (const encoding of encodings) {
    it(`counts as encode_ordinary of ${encoding} does`, () => {
      const tokenizer = tiktoken(encoding)
      fc.assert(fc.property(text, (sample) => tokenizer.count(sample) === ordinary(encoding, sample)), { numRuns: 3_000 })
    })

    it(`counts a growing text of ${encoding} as the whole, for every cut`, () => {
      const tokenizer = tiktoken(encoding)
      const isSame = (sample: string, lengths: Iterator<number>, times: number) => {
        const counter = tokenizer.counter?.()
        for (let at = 0; at < sample.length; ) {
          const next = at + times * Number(lengths.next().value)
          if (counter?.add(sample.slice(at, next)) !== tokenizer.count(sample.slice(0, next))) return false
          at = next
        }
        return true
      }
      fc.assert(fc.property(text, cuts, (sample, lengths) => isSame(sample, lengths, 1)), { numRuns: 1_000 })
      fc.assert(fc.property(textWithRuns, cuts, (sample, lengths) => isSame(sample, lengths, 100)), { numRuns: 60 })
    })
  }

  for (const encoding of encodings) {
    it(`counts stretches of a text of ${encoding} as each alone, in any order`, () => {
      const tokenizer = tiktoken(encoding)
      const stretches = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 })
      const isSame = (sample: string, places: readonly (readonly [number, number])[]) => {
        const count = tokenizer.stretchCounter?.(sample)
        return places.every(([first, second]) => {
          const start = first % (sample.length + 1)
          const end = start + (second % (sample.length - start + 1))
          return count?.(start, end) === tokenizer.count(sample.slice(start, end))
        })
      }
      const longText = fc.array(text, { minLength: 2, maxLength: 12 }).map((parts) => parts.join(''))
      fc.assert(fc.property(longText, stretches, isSame), { numRuns: 500 })
      fc.assert(fc.property(textWithRuns, stretches, isSame), { numRuns: 60 })
    })
  }

  it('counts stretches far apart and far back of a long text, whose pieces are not all kept', () => {
    const tokenizer = tiktoken()
    const sample = Array.from({ length: 60_000 }, (_, index) => `word${index % 97}, ${index % 13 === 0 ? "it's\n\n" : 'ÄÖ'}`).join(' ')
    const count = tokenizer.stretchCounter?.(sample)
    for (let start = 0; start < sample.length; start += 997) {
      for (const [from, to] of [[start, Math.min(start + 700, sample.length)], [Math.max(0, start - 300), start], [sample.length - 50, sample.length]] as const) {
        expect(count?.(from, to)).toBe(tokenizer.count(sample.slice(from, to)))
      }
    }
    expect(count?.(0, sample.length)).toBe(tokenizer.count(sample))
  })

  it('counts every letter of the first planes as encode_ordinary does', () => {
    const tokenizer = tiktoken()
    let samples = ''
    for (let codePoint = 0; codePoint < 0x20000; codePoint += 7) samples += `a${String.fromCodePoint(codePoint)}b `
    expect(tokenizer.count(samples)).toBe(ordinary('o200k_base', samples))
  })

  it('goes on counting exactly when its cache is full', () => {
    const tokenizer = tiktoken()
    const words = Array.from({ length: 150_000 }, (_, index) => ` w${index.toString(36).replace(/\d/g, 'x')}q${'yz'[index % 2]}`)
    const manyWords = `${words.join('')} ${words.slice(0, 500).join('')}`
    expect(tokenizer.count(manyWords)).toBe(words.reduce((sum, word) => sum + Number(ordinary('o200k_base', word)), 1) + Number(ordinary('o200k_base', words.slice(0, 500).join(''))))
  })

  it('takes linear time on long runs, which it counts in parts', () => {
    const tokenizer = tiktoken()
    expect(tokenizer.count('a'.repeat(1_000_000))).toBe(125_000)
    expect(tokenizer.count('1'.repeat(1_000_000))).toBe(333_334)
    for (const run of ['中', ' ', '\n', '!', 'A中', 'é', '😀']) expect(tokenizer.count(run.repeat(500_000))).toBeGreaterThan(1_000)
  })

  it.skipIf(!sharedData)('counts real texts as encode_ordinary does', () => {
    const tokenizer = tiktoken()
    const paths = ['docs/text/state_of_the_union.txt', 'docs/text/norwich-city.txt', 'docs/markdown/commonmark-spec.md', 'docs/html/wikipedia-3.html', 'docs/html/mozilla-1.html', 'docs/csv/verylong-sample.csv', 'ir/cranfield/corpus.jsonl']
    for (const path of paths) {
      const real = readFileSync(join(sharedData ?? '', path), 'utf8').slice(0, 400_000)
      expect(tokenizer.count(real), path).toBe(ordinary('o200k_base', real))
    }
  })

  it('knows models by family, fine-tuned ones and those behind a provider', () => {
    const expected: Record<string, Encoding | undefined> = {
      'gpt-4o-mini': 'o200k_base', 'gpt-4.1': 'o200k_base', 'gpt-5-nano-2025-08-07': 'o200k_base', 'o3-mini': 'o200k_base', 'openai/gpt-4o': 'o200k_base', 'ft:gpt-4o:acme::x': 'o200k_base',
      'gpt-oss-20b': 'o200k_base', 'gpt-4': 'cl100k_base', 'gpt-4-turbo': 'cl100k_base', 'gpt-3.5-turbo': 'cl100k_base', 'text-embedding-3-small': 'cl100k_base', 'text-davinci-003': 'p50k_base',
      'text-davinci-edit-001': 'p50k_edit', davinci: 'r50k_base', gpt2: 'gpt2', 'llama-3.3-70b': undefined, 'claude-sonnet-4': undefined, o2k: undefined, '': undefined,
    }
    for (const [model, encoding] of Object.entries(expected)) expect(encodingForModel(model), model).toBe(encoding)
  })

  it('agrees with the list of models that the package has', () => {
    const listed = JSON.parse(readFileSync(new URL('../../node_modules/tiktoken/model_to_encoding.json', import.meta.url), 'utf8')) as Record<string, Encoding>
    for (const [model, encoding] of Object.entries(listed)) expect(encodingForModel(model), model).toBe(encoding)
  })

  it('says so when the tokenizer of a model is not known', () => {
    expect(tiktoken('gpt-4')).toMatchObject({ id: 'cl100k_base', exact: true })
    const unknown = tiktoken('llama-3.3-70b')
    expect(unknown).toMatchObject({ id: 'estimated-o200k_base', exact: false })
    expect(unknown.count('Hello there')).toBe(2)
  })
})
