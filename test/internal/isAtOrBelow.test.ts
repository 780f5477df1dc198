import { describe, expect, it } from 'vitest'
import { isAtOrBelow } from '../../src/internal/isAtOrBelow.ts'

describe('isAtOrBelow', () => {
  const paths = new Set(['docs/a', 'docs/b/c.md', 'other'])
  it.each([
    ['docs/a', true],
    ['docs/a/x/y.md', true],
    ['docs/b/c.md', true],
    ['docs/b/c.md/d', true],
    ['docs/b', false],
    ['docs/ab', false],
    ['docs/a.md', false],
    ['docs', false],
    ['other/x', true],
    ['', false],
  ])('%s: %s', (path, expected) => {
    expect(isAtOrBelow(path, paths)).toBe(expected)
  })
})
