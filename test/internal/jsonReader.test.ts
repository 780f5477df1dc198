import { assert, integer, jsonValue, property, tuple, uniqueArray } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJsonReader } from '../../src/internal/jsonReader.ts'

function readIn(pieces: readonly string[]): unknown {
  const reader = createJsonReader()
  for (const piece of pieces) reader.push(piece)
  return reader.complete ? reader.value : ['incomplete', reader.value]
}

describe('createJsonReader', () => {
  it('gives what JSON.parse gives, for every value and wherever the text is cut', () => {
    const cuts = uniqueArray(integer({ min: 0, max: 200 }), { maxLength: 8 })
    assert(
      property(tuple(jsonValue({ maxDepth: 4 }), cuts, integer({ min: 0, max: 2 })), ([value, places, indent]) => {
        const text = JSON.stringify({ value, list: [value] }, null, indent)
        const sorted = [0, ...places.filter((place) => place < text.length).toSorted((a, b) => a - b), text.length]
        const pieces = sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
        expect(readIn(pieces)).toEqual(JSON.parse(text))
        expect(readIn(text.split(''))).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  it('grows: strings from their first quote, numbers when they are whole', () => {
    const reader = createJsonReader()
    const seen = ['{"na', 'me": "A', 'da\\', 'n", "age": 3', '6, "tags": ["x', '"], "ok": tr', 'ue}'].map((piece) => {
      reader.push(piece)
      return JSON.stringify(reader.value)
    })
    expect(seen).toEqual([
      '{}', '{"name":"A"}', '{"name":"Ada"}', '{"name":"Ada\\n"}', '{"name":"Ada\\n","age":36,"tags":["x"]}',
      '{"name":"Ada\\n","age":36,"tags":["x"]}', '{"name":"Ada\\n","age":36,"tags":["x"],"ok":true}',
    ])
  })

  it.each([
    ['a fence', '```json\n{"a": 1}\n```'],
    ['prose with brackets in it', 'Here it is, as in [1] and {x}:\n\n  {"a": 1}\nI hope it helps {'],
    ['a byte order mark of blanks', '\n\t {"a": 1}'],
  ])('passes over %s around it', (_, text) => {
    expect(readIn([text])).toEqual({ a: 1 })
    expect(readIn(text.split(''))).toEqual({ a: 1 })
  })

  it.each(['{"a" 1}', '{a: 1}', '{"a": 1,}', '[1,]', '{"a": tru}', '[01]', '[1.]', '{"a": "\\x"}', '["\n"]', '{]', '[}', '["\\u12g4"]', '[,1]', '[1 2]', '{"a":}', '[-]', '[.5]', '[@]'])(
    'refuses %s, as JSON.parse does, and keeps what was valid',
    (text) => {
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
      expect(() => readIn([text])).toThrow(expect.objectContaining({ code: 'invalid-json' }) as Error)
      expect(() => readIn(text.split(''))).toThrow(expect.objectContaining({ code: 'invalid-json' }) as Error)
    },
  )

  it('keeps what was valid', () => {
    const reader = createJsonReader()
    expect(() => reader.push('{"a": [1, 2], "b": oops}')).toThrow('oops')
    expect(reader.value).toEqual({ a: [1, 2] })
  })

  it('is not led astray by a key __proto__, nor by depth', () => {
    const value = readIn(['{"__proto__": {"polluted": true}, "a": 1}']) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'a'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(() => readIn(['['.repeat(100_000)])).toThrow('brackets within brackets')
  })

  it('leaves an unfinished text unfinished', () => {
    expect(readIn(['{"a": [1, {"b": "c'])).toEqual(['incomplete', { a: [1, { b: 'c' }] }])
    expect(readIn(['no JSON at all'])).toEqual(['incomplete', undefined])
  })
})
