import { describe, expect, it } from 'vitest'
import { appendOnlyText } from '../../src/internal/appendOnlyText.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'

describe('appendOnlyText', () => {
  it('gives the text of text chunks, and nothing for others', () => {
    const textOf = appendOnlyText()

    expect([markAt('sent', 1), text('a'), { type: 'reasoning', text: 'hm' } as const, usage(), finish()].map(textOf)).toEqual(['', 'a', '', '', ''])
  })

  it('holds half a character back until its other half comes', () => {
    const textOf = appendOnlyText()

    expect([text('a\ud83d'), text('\ude00b')].map(textOf)).toEqual(['a', '😀b'])
  })

  it('takes a reset while there is no text, and refuses it afterwards', () => {
    const textOf = appendOnlyText()

    expect([reset, text('a')].map(textOf)).toEqual(['', 'a'])
    expect(() => textOf(reset)).toThrow(expect.objectContaining({ code: 'reset-refused' }))
  })
})
