import { describe, expect, it } from 'vitest'
import { readRetryAfter } from '../../src/wire/retryAfter.ts'

describe('readRetryAfter', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '3' }, 3000],
    ['parts of seconds', { 'retry-after': '0.25' }, 250],
    ['milliseconds, before seconds', { 'retry-after-ms': '40', 'retry-after': '3' }, 40],
    ['a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:05 GMT' }, 5000],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2026 07:27:00 GMT' }, 0],
    ['nothing', {}, undefined],
    ['an empty text', { 'retry-after': '' }, undefined],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['words', { 'retry-after': 'soon' }, undefined],
    ['words in milliseconds, and seconds', { 'retry-after-ms': 'NaN', 'retry-after': '1' }, 1000],
  ])('reads %s', (_, headers, expected) => {
    expect(readRetryAfter(headers, now)).toBe(expected)
  })
})
