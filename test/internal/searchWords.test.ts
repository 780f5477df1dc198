import { expect, it } from 'vitest'
import { searchWords } from '../../src/internal/searchWords.ts'

it.each<[string, string[][]]>([
  ['what is "shallow water"?', [['shallow', 'water']]],
  ['“shallow water” and „flacher See“ and «eau douce»', [['shallow', 'water'], ['flacher', 'see'], ['eau', 'douc']]],
  ["it's 'shallow water'", []],
  ['an 8" pipe', []],
  ['"the of" "" "  "', []],
  ['"mergeMap"', [['mergemap', 'merg', 'map']]],
])('of %j the phrases are %j', (question, phrases) => {
  expect(searchWords(question).phrases).toEqual(phrases)
})

it('takes neither endless phrases nor endlessly many, in linear time', () => {
  expect(searchWords(`"${'rain '.repeat(33)}"`).phrases).toEqual([])
  expect(searchWords('"rain" '.repeat(1000)).phrases).toHaveLength(16)
  for (const text of ['"', '“', '„', '«', '"“', '“"«'].map((quote) => quote.repeat(200_000))) expect(searchWords(text).phrases).toEqual([])
})
