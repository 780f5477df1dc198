import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { SkippedError } from '../../src/errors.ts'
import { decodeText } from '../../src/parsers/decodeText.ts'
import { declaredEncoding } from '../../src/parsers/parseHtml.ts'

const decode = (bytes: Uint8Array) => decodeText(bytes, 'a.txt')
const decodePage = (bytes: Uint8Array) => decodeText(bytes, 'a.html', { declaredIn: declaredEncoding })
const page = (label: string) => `<html><head><META http-equiv="Content-Type" content="text/html; charset=${label}"></head>`

describe('decodeText', () => {
  it('reads UTF-8 as it is, for every text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const plain = text.replace(/[\0-\x08\x0e-\x1f]/g, '').replace(/^\ufeff/, '')
        expect(await decode(Buffer.from(plain))).toEqual({ text: plain, encoding: 'utf-8' })
      }),
    )
  })

  it('keeps line ends, and takes the byte order mark off', async () => {
    expect((await decode(Buffer.from('\ufeffa\r\nb\rc\n'))).text).toBe('a\r\nb\rc\n')
    expect((await decode(Buffer.alloc(0))).text).toBe('')
  })

  it.each(['utf16le', 'utf-16be'])('reads %s with and without a mark', async (encoding) => {
    for (const text of ['Hello world\n', 'Привет, мир 1\r\n', '日本語のテキスト\n二行目\n', 'a😀b']) {
      for (const mark of ['', '\ufeff']) {
        const bytes = iconv.encode(mark + text, encoding, { addBOM: false })
        expect((await decode(bytes)).text).toBe(text)
      }
    }
  })

  it('reads windows-1252 with all its characters', async () => {
    const bytes = Buffer.from([0x80, 0x82, 0x93, 0x94, 0x96, 0x99, 0x9f, 0xe4, 0x20, 0x81, 0x9d])
    const { text } = await decodeText(bytes, 'a.html', { declaredIn: () => 'ISO-8859-1' })
    expect(text).toBe('€‚“”–™Ÿä \x81\x9d')
  })

  it.each([
    ['windows-1252', 'Grüße aus München, und schöne Tage dort.'],
    ['windows-1251', 'Это короткий текст на русском языке, написанный для проверки.'],
    ['koi8-r', 'Это короткий текст на русском языке, написанный для проверки.'],
    ['shift_jis', 'これは短い日本語の文章です。'],
    ['euc-jp', 'これは短い日本語の文章です。これは確認のためのものです。'],
    ['gb18030', '这是一个用于测试的简短中文文本。'],
    ['big5', '這是一個用於測試的簡短中文文本，內容並不重要。'],
    ['euc-kr', '이것은 시험을 위한 짧은 한국어 글입니다.'],
    ['iso-8859-7', 'Αυτό είναι ένα σύντομο ελληνικό κείμενο για δοκιμή.'],
  ])('guesses %s', async (encoding, text) => {
    expect((await decode(iconv.encode(text, encoding))).text).toBe(text)
  })

  it('takes the encoding that a page declares, but not one that cannot be', async () => {
    expect((await decodePage(iconv.encode(`${page('windows-1250')}Zażółć`, 'windows-1250'))).text).toContain('Zażółć')
    expect(
      (await decodePage(iconv.encode('<?xml version="1.0" encoding=\'iso-8859-2\'?><p>gęślą</p>', 'iso-8859-2'))).text,
    ).toContain('gęślą')
    expect((await decodePage(Buffer.from(`${page('utf-16')}é`))).text).toContain('é')
    expect((await decodePage(Buffer.from(`${page('no-such-thing')}é`))).text).toContain('é')
    expect((await decodePage(Buffer.from(`${page('base64')}é`))).text).toContain('é')
  })

  it('reads UTF-8 with a few broken places as UTF-8', async () => {
    const broken = Buffer.concat([
      Buffer.from('größer, schöner, äußerst übel, für möglich hält, Öl über Bäume, höher '.repeat(5)),
      Buffer.from([0xc3]),
    ])
    expect((await decode(broken)).text).toMatch(/^größer.*höher \ufffd$/)
  })

  it('refuses what is no text', async () => {
    const own = readFileSync(process.execPath).subarray(0, 100_000)
    const sound = new Uint8Array(Int16Array.from({ length: 5000 }, (_, index) => Math.sin(index / 20) * 10_000).buffer)
    const controls = Buffer.from('some text\x01'.repeat(100))
    for (const bytes of [
      own,
      sound,
      controls,
      Buffer.from('text with a \0 in it'),
      Buffer.from('größe \0 größe'),
      Buffer.from([0, 1, 2, 3]),
    ]) {
      await expect(decode(bytes)).rejects.toThrow(SkippedError)
    }
  })

  it('never throws anything else, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const result = await decode(bytes).catch((error: unknown) => error)
        if (result instanceof Error) expect(result).toMatchObject({ reason: 'binary' })
      }),
      { numRuns: 300 },
    )
  })
})
