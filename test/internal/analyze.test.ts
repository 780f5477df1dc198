import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/internal/analyze.ts'

describe('analyze', () => {
  it.each<[string, string[]]>([
    ['The quick foxes are jumping', ['quick', 'fox', 'jump']],
    ['What is it, and how?', []],
    ["the server's users' don't", ['server', 'user', 'dont']],
    ['rock’n’roll', ['rocknrol']],
    ['naïve Café ÅNGSTRÖM', ['naiv', 'cafe', 'angstrom']],
    ['mergeMap', ['mergemap', 'merg', 'map']],
    ['XMLHttpRequest', ['xmlhttprequest', 'xml', 'http', 'request']],
    ['snake_case_name', ['snakecasenam', 'snake', 'case', 'name'] ],
    ['v7.8.2', ['v7.8.2', 'v', '7.8.2']],
    ['1,000,000 or 3.14', ['1000000', '3.14']],
    ['UTF8', ['utf8', 'utf', '8']],
    ['東京都', ['東京', '京都']],
    ['京', ['京']],
    ['カタカナ', ['カタ', 'タカ', 'カナ']],
    ['RxJSの使い方', ['の使', '使い', 'い方', 'rxj', 'rx', 'js']],
    ['한국어는 어렵다', ['한국', '국어', '어는', '어렵', '렵다']],
    ['中文分词', ['中文', '文分', '分词']],
    ['HTTPServer', ['httpserver', 'http', 'server']],
    ['v8flags', ['v8flags', 'v', '8', 'flag']],
    ['kebab-case-name', ['kebab', 'case', 'name']],
    ['fs.promises.readFile', ['fs', 'promis', 'readfil', 'read', 'file']],
    ['src/internal/bm25.ts', ['src', 'intern', 'bm25', 'bm', '25', 'ts']],
    ['Straße Ærø', ['strass', 'aero']],
    ['Привет миру', ['привет', 'миру']],
    ['e-mail', ['e', 'mail']],
    ['ﬁle', ['file']],
    ['a\u0000b\u001bc', ['b', 'c']],
    ['', []],
    ['🦓 ?! --', []],
  ])('makes of %j: %j', (text, terms) => {
    expect(analyze(text)).toEqual(terms)
  })

  it('finds the words of a text as one expression over all of it does', () => {
    const words = /[\p{L}\p{N}\p{M}_]+(?:(?:(?<=\p{L})['’](?=[\p{L}\p{N}])|(?<=\p{N})[.,](?=\p{N}))[\p{L}\p{N}\p{M}_]+)*/gu
    const atoms = ['a', 'Bc', "'", '’', '.', ',', '1', '٣', '_', ' ', '\n', '-', '/', 'é', '\u0301', '中文', '😀', '\ud83d', '\u00a0', 'don’t', "it's", 'x'.repeat(70)]
    const text = fc.array(fc.oneof(fc.constantFrom(...atoms), fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 20 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (sample) => {
        expect(analyze(sample)).toEqual((sample.match(words) ?? []).flatMap((word) => analyze(word)))
      }),
      { numRuns: 3_000 },
    )
  })

  it('repeats a term as often as it stands in the text', () => {
    expect(analyze('rain Rain raining')).toEqual(['rain', 'rain', 'rain'])
  })

  it('gives the same for a text and its composed and decomposed forms', () => {
    const text = fc.string({ unit: fc.constantFrom('é', 'ü', 'a', 'b', ' ', 'が', '각', 'Å', '1') })
    fc.assert(fc.property(text, (given) => {
      expect(analyze(given.normalize('NFD'))).toEqual(analyze(given.normalize('NFC')))
    }), { numRuns: 300 })
  })

  it('gives the same when it is asked again', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(analyze(text)).toEqual(analyze(text))
    }), { numRuns: 300 })
  })

  it('gives terms without blanks, quotes and control characters, of bounded length', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const term of analyze(text)) expect(term).toMatch(/^[^\s"'\p{Cc}]{1,64}$/u)
    }), { numRuns: 1000 })
  })

  it('takes long texts without blanks in linear time', () => {
    const sizes = ['x'.repeat(1_000_000), 'aB'.repeat(500_000), 'éaB'.repeat(300_000), '漢a'.repeat(500_000), '漢'.repeat(500_000), "a'".repeat(500_000), '1.'.repeat(500_000), 'é'.repeat(1_000_000)]
    // A quadratic step would take minutes: the time limit of the test is the check.
    expect(sizes.map((text) => analyze(text).length > 0)).toEqual(sizes.map(() => true))
  })
})
