import { describe, expect, it } from 'vitest'
import { TextProgress } from '../../src/internal/textProgress.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { markAt, reset, text } from '../support/chunks.ts'

const headers = { ...markAt('headers', 3), status: 200, requestId: 'r-1' }
const retry: Chunk = { type: 'retry', attempt: 1, delayMs: 0, error: { code: 'lost', message: 'lost' } }

function detailAfter(...chunks: readonly Chunk[]) {
  const progress = new TextProgress()
  for (const chunk of chunks) progress.take(chunk)
  return progress.detail()
}

describe('TextProgress', () => {
  it('says nothing of a call that gives no marks, but its text', () => {
    expect(detailAfter(text('ab'), text('c'))).toEqual({ textLength: 3, textTail: 'abc' })
  })

  it('says how far the call has come, and what its response says', () => {
    expect(detailAfter(markAt('accepted', 0, 0))).toEqual({ textLength: 0, textTail: '' })
    expect(detailAfter(markAt('connected', 1), markAt('sent', 2))).toEqual({ textLength: 0, textTail: '', attempt: 1, phase: 'headers' })
    expect(detailAfter(markAt('connected', 1), headers, text('a'))).toEqual({ textLength: 1, textTail: 'a', attempt: 1, phase: 'body', status: 200, requestId: 'r-1' })
    expect(detailAfter(markAt('headers', 3))).toEqual({ textLength: 0, textTail: '', attempt: 1, phase: 'body' })
  })

  it('forgets the response when another attempt follows, and the text when it starts again', () => {
    expect(detailAfter(headers, text('a'), retry)).toEqual({ textLength: 1, textTail: 'a', attempt: 1 })
    expect(detailAfter(headers, text('a'), reset, markAt('connected', 9, 2))).toEqual({ textLength: 0, textTail: '', attempt: 2, phase: 'headers' })
  })

  it('keeps the last 1 KiB, and no half of a character', () => {
    expect(detailAfter(text('x'.repeat(20_000)), text('🐟'.repeat(600)), text('y')).textTail).toBe(`${'🐟'.repeat(511)}y`)
  })
})
