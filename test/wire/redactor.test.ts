import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor } from '../../src/wire/redactor.ts'

describe('createRedactor', () => {
  it('hides a secret as it is, in an address and in a JSON text', () => {
    const secret = 'a b"c/d'
    const redactor = createRedactor([secret])
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret)]) expect(redactor.line(`got ${form}!`)).toMatch(/^got "?\[secret\]"?!$/)
  })

  it('hides before it cuts, wherever the secret stands', () => {
    const secret = 'sk-0123456789'
    const redactor = createRedactor([secret])
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (before, after) => {
        const text = 'x'.repeat(before) + secret + 'y'.repeat(after)
        expect(redactor.line(text)).not.toMatch(/sk-|\d/)
        expect(redactor.excerpt(text)).not.toMatch(/sk-|\d/)
        expect(redactor.tail(text, 1024)).not.toMatch(/sk-|\d/)
        expect(redactor.tail(text.slice(-1024 - redactor.reach), 1024)).not.toMatch(/\d{9}$/)
      }),
    )
  })

  it('hides the longer of two secrets that begin alike', () => {
    expect(createRedactor(['abcdef', 'abcdefghij']).line('abcdefghij')).toBe('[secret]')
  })

  it('lets a text without secrets through, as one bounded line', () => {
    const redactor = createRedactor([undefined, '', 'abc'])
    expect(redactor.line(' one\r\n\u001b[31mtwo\t abc ')).toBe('one [31mtwo abc')
    expect(redactor.line('x'.repeat(5000))).toHaveLength(401)
  })

  it('gives the first 200 characters of a text, with every control character made visible', () => {
    const redactor = createRedactor([])
    expect(redactor.excerpt('a\r\n\t\u0000\u001b[2J\u007f\u009b1m\u200b\u202e\u2028 é語😀')).toBe('a␍␊␉␀␛[2J␡�1m��� é語😀')
    expect(redactor.excerpt('x'.repeat(200))).toBe('x'.repeat(200))
    expect(redactor.excerpt(`${'x'.repeat(199)}😀`)).toBe(`${'x'.repeat(199)}�…`)
  })
})
