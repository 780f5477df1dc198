import { deflateSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { describe, expect, it, vi } from 'vitest'
import { SkippedError } from '../../src/errors.ts'
import { parseFile } from '../../src/parsers/parseFile.ts'
import type { Document } from '../../src/types/document.ts'
import type { Skipped } from '../../src/types/ports.ts'
import { collect } from '../support/collect.ts'
import { memoryFile } from '../support/memoryFile.ts'
import { smallDocx, smallEpub, smallPdf } from '../support/smallFiles.ts'

const paragraph = (text: string, style = '') =>
  `<w:p>${style === '' ? '' : `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>`}<w:r><w:t>${text}</w:t></w:r></w:p>`

async function parse(name: string, content: string | Uint8Array): Promise<Document> {
  const documents = await collect(parseFile(memoryFile(name, content)))
  expect(documents).toHaveLength(1)
  return documents[0]!
}

async function reasonFor(name: string, content: string | Uint8Array, timeoutMs?: number): Promise<string> {
  const error: unknown = await collect(parseFile(memoryFile(name, content), timeoutMs === undefined ? {} : { timeoutMs })).catch(
    (failure: unknown) => failure,
  )
  if (!(error instanceof SkippedError)) throw new Error(`Expected ${name} to be skipped`, { cause: error })
  expect(error.message).toContain(name)
  expect(error.message).not.toContain('\n')
  return error.reason
}

describe('parseFile', () => {
  it("reads text and source code as they are, with the file's id and address", async () => {
    expect(await parse('a.txt', 'x\r\n# y\r\n')).toEqual({
      id: 'docs/a.txt',
      uri: 'file:///docs/a.txt',
      text: 'x\r\n# y\r\n',
      metadata: { format: 'text' },
    })
    expect((await parse('a.ts', '# no')).metadata).toEqual({ format: 'code' })
    expect((await parse('Makefile', 'all:\n')).metadata).toEqual({ format: 'code' })
    expect((await parse('empty.txt', '')).text).toBe('')
  })

  it('believes the content rather than the name', async () => {
    expect((await parse('a.txt', smallPdf('BT /F1 12 Tf 72 700 Td (Hello) Tj ET'))).metadata).toMatchObject({ format: 'pdf' })
    expect((await parse('a.pdf', 'only text')).metadata).toEqual({ format: 'text' })
    expect((await parse('a.pdf', '<!DOCTYPE html><p>x</p>')).metadata).toMatchObject({ format: 'html' })
    expect((await parse('a', '  <html><p>x</p>')).text).toBe('x')
    expect((await parse('a.md', smallDocx('<w:p><w:r><w:t>x</w:t></w:r></w:p>'))).metadata).toMatchObject({ format: 'docx' })
    expect(await reasonFor('a.md', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))).toBe('binary')
    expect(await reasonFor('a.docx', Buffer.from([1, 0, 2, 0, 3]))).toBe('damaged')
  })

  it('names the reason for what it does not read', async () => {
    const ole = Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1')
    expect(await reasonFor('a.doc', ole)).toBe('unsupported')
    expect(await reasonFor('a.docx', Buffer.concat([ole, Buffer.from('EncryptedPackage', 'utf16le')]))).toBe('encrypted')
    expect(await reasonFor('a.rtf', '{\\rtf1 x}')).toBe('unsupported')
    expect(await reasonFor('a.xlsx', zipSync({ 'xl/workbook.xml': Buffer.from('<x/>') }))).toBe('unsupported')
    expect(await reasonFor('a.zip', zipSync({ 'x.txt': Buffer.from('x') }))).toBe('binary')
    expect(await reasonFor('a.gz', deflateSync('x'))).toBe('binary')
    expect(await reasonFor('a.ipynb', '{"cells": 1}')).toBe('damaged')
    expect(await reasonFor('a.ipynb', 'no json')).toBe('damaged')
  })

  it('reads a file no further than its size and the default limit allow', async () => {
    const endless = {
      ...memoryFile('a.txt', 'x'),
      read: async function* () {
        for (;;) yield Buffer.alloc(8 * 1024 * 1024, 'x')
      },
    }
    await expect(collect(parseFile(endless))).rejects.toMatchObject({ reason: 'too-large' })
  })

  describe('JSON', () => {
    it('makes lines of paths and values, a blank line between outer items', async () => {
      const { text, title } = await parse(
        'a.json',
        '\ufeff{"title":" T ","n":null,"list":[1,"x"],"items":[{"a":true},{"a":{"b":1.50}}]}',
      )
      expect(text).toBe('title:  T \nn: null\n\nlist[0]: 1\nlist[1]: x\n\nitems[0].a: true\n\nitems[1].a.b: 1.5')
      expect(title).toBe('T')
    })

    it('keeps long numbers as they are written', async () => {
      expect((await parse('a.json', '{"id":12345678901234567890,"x":0.1234567890123456789}')).text).toContain(
        'id: 12345678901234567890',
      )
    })

    it('keeps what is no strict JSON as text', async () => {
      expect(await parse('a.json', '{ // comment\n}')).toMatchObject({ text: '{ // comment\n}', metadata: { format: 'text' } })
    })

    it('stops at nesting and at names that repeat without end', async () => {
      expect(await reasonFor('a.json', '['.repeat(500_000) + ']'.repeat(500_000))).toBe('unsupported')
      expect(await reasonFor('a.json', `${'['.repeat(500_000)}12345678901234567890${']'.repeat(500_000)}`)).toBe('damaged')
      expect(await reasonFor('a.json', `{"${'k'.repeat(1_000_000)}":[${'1,'.repeat(200_000)}1]}`)).toBe('too-large')
    })
  })

  describe('JSONL', () => {
    const lines = [
      '{"text":"one","id":"x","title":"T","tags":["a"],"id2":1}',
      '',
      'bad',
      '{"id":7,"text":"two"}',
      '{"question":"no text"}',
      '"plain"',
      '[1,{"a":2}]',
    ]

    it('makes a document of each line and tells of bad ones, wherever the bytes are cut', async () => {
      for (const blockBytes of [1, 7, 10_000]) {
        const skipped: Skipped[] = []
        const documents = await collect(
          parseFile(memoryFile('a.jsonl', lines.join('\r\n'), blockBytes), { onSkipped: (item) => skipped.push(item) }),
        )
        expect(documents.map(({ id, text }) => [id, text])).toEqual([
          ['docs/a.jsonl#x', 'one'],
          ['docs/a.jsonl#7', 'two'],
          ['docs/a.jsonl#5', 'question: no text'],
          ['docs/a.jsonl#6', 'plain'],
          ['docs/a.jsonl#7', '[0]: 1\n\n[1].a: 2'],
        ])
        expect(documents[0]).toMatchObject({ title: 'T', metadata: { format: 'jsonl', line: 1, tags: ['a'], id2: 1 } })
        expect(skipped).toEqual([
          { path: '/docs/a.jsonl', line: 3, reason: 'damaged', message: '/docs/a.jsonl:3: expected one JSON value on the line' },
        ])
      }
    })

    it('reads only as far as it is asked, and closes the file', async () => {
      const file = memoryFile('a.jsonl', '{"text":"1"}\n'.repeat(1000), 13)
      const read = vi.fn()
      for await (const document of parseFile({
        ...file,
        read: async function* () {
          for await (const block of file.read()) {
            read()
            yield block
          }
        },
      }))
        if (document.text === '1') break
      expect(read.mock.calls.length).toBeLessThan(5)
      expect(file.closed()).toBe(1)
    })

    it('passes over a line that is deep, long or no UTF-8, and goes on', async () => {
      const content = Buffer.concat([
        Buffer.from(`${'['.repeat(300_000)}${']'.repeat(300_000)}\n`),
        Buffer.from(`"${'x'.repeat(17 * 1024 * 1024)}"\n`),
        Buffer.from([0x22, 0xff, 0x22, 10]),
        Buffer.from('{"text":"ok"}'),
      ])
      const skipped: Skipped[] = []
      const documents = await collect(parseFile(memoryFile('a.jsonl', content), { onSkipped: (item) => skipped.push(item) }))
      expect(documents.map(({ text }) => text)).toEqual(['ok'])
      expect(skipped.map(({ line, reason }) => [line, reason])).toEqual([
        [1, 'unsupported'],
        [2, 'too-large'],
        [3, 'damaged'],
      ])
    })

    it('does not let a line change what objects are', async () => {
      const [document] = await collect(parseFile(memoryFile('a.jsonl', '{"text":"x","__proto__":{"polluted":1}}')))
      expect(Object.getPrototypeOf(document!.metadata)).toBe(Object.prototype)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    })
  })

  describe('CSV', () => {
    it('labels each value with its column, records apart', async () => {
      const { text, metadata } = await parse('a.csv', 'name,age\nAda,36\n"Grace\nHopper",""\nAlan,41,extra\n')
      expect(text).toBe('name: Ada\nage: 36\n\nname: Grace\nHopper\n\nname: Alan\nage: 41\nextra')
      expect(metadata).toEqual({ format: 'csv', rows: 3, columns: ['name', 'age'] })
    })

    it.each([';', '\t', '|', ','])('finds the delimiter %j, and quoted ones in cells', async (delimiter) => {
      const rows = [
        ['city', 'note'],
        ['Paris', `"a${delimiter} b, c; d"`],
        ['Rome', 'e'],
      ]
      const { text } = await parse('a.csv', rows.map((row) => row.join(delimiter)).join('\r\n'))
      expect(text).toBe(`city: Paris\nnote: a${delimiter.trim() === '' ? delimiter : delimiter} b, c; d\n\ncity: Rome\nnote: e`)
    })

    it('takes a first row of data as data', async () => {
      expect((await parse('a.csv', '1,x\n2,y\n')).text).toBe('1 | x\n2 | y')
      expect((await parse('a.csv', 'yes,yes\nno,yes\n')).text).toBe('yes | yes\nno | yes')
      expect((await parse('a.csv', 'sep=;\na;b\n1;2\n')).text).toBe('a: 1\nb: 2')
      expect((await parse('a.csv', '')).text).toBe('')
    })

    it('reads on behind a quote that is never closed, and tells of its line', async () => {
      const good = Array.from({ length: 30_000 }, (_, index) => `row,${index}`).join('\n')
      const skipped: Skipped[] = []
      const file = memoryFile('a.csv', `name,value\nfirst,0\n"open,1\n${good}\n`)
      const [document] = await collect(parseFile(file, { onSkipped: (item) => skipped.push(item) }))
      expect(skipped.map(({ line, reason }) => [line, reason])).toEqual([[3, 'damaged']])
      expect(document!.metadata).toMatchObject({ rows: 30_001 })
      expect(document!.text).toMatch(/^name: first\nvalue: 0\n\nname: row\nvalue: 0\n[^]*value: 29999$/)
    })

    it.each(['"', 'a,', '"a,b\n', '"\n'])('ends on a table that is nothing but %j', async (piece) => {
      const skipped: Skipped[] = []
      const documents = await collect(
        parseFile(memoryFile('a.csv', piece.repeat(2_000_000)), { onSkipped: (item) => skipped.push(item) }),
      )
      expect(documents).toHaveLength(1)
      for (const { line, reason } of skipped) expect([typeof line, reason]).toEqual(['number', 'damaged'])
    })

    it('keeps quotes in the middle of a cell', async () => {
      expect((await parse('a.csv', 'a,b\n5" disk,say "hi"\n')).text).toBe('a: 5" disk\nb: say "hi"')
    })
  })

  describe('notebooks', () => {
    it('are Markdown: text, fenced code, short outputs, no pictures', async () => {
      const cells = [
        { cell_type: 'markdown', source: ['# Title\n', 'text'] },
        {
          cell_type: 'code',
          source: 'print(1)\n"""\n```\n"""',
          outputs: [{ output_type: 'stream', text: ['1\n', '\u001b[31m2\u001b[0m\n'] }],
        },
        {
          cell_type: 'code',
          source: '',
          outputs: [{ output_type: 'display_data', data: { 'image/png': 'iVBOR', 'text/plain': '<Figure>' } }],
        },
        {
          cell_type: 'code',
          source: 'x',
          outputs: [{ output_type: 'error', ename: 'NameError', evalue: 'x', traceback: ['long'] }, { text: 'y\n'.repeat(1000) }],
        },
      ]
      const { text, title, headings, metadata } = await parse(
        'a.ipynb',
        JSON.stringify({ cells, metadata: { language_info: { name: 'python' } } }),
      )
      expect(text).toContain(
        '# Title\ntext\n\n````python\nprint(1)\n"""\n```\n"""\n````\n\n```\n1\n2\n```\n\n```\n<Figure>\n```\n\n```python\nx\n```\n\n```\nNameError: x\n```',
      )
      expect(text).not.toMatch(/iVBOR|long/)
      expect(text.match(/^y$/gm)).toHaveLength(20)
      expect(text.endsWith('y\n…\n```')).toBe(true)
      expect([title, headings?.length, metadata]).toEqual(['Title', 1, { format: 'notebook', language: 'python' }])
    })
  })

  describe('PDF', () => {
    it("has its pages' starts and its title", async () => {
      const document = await parse(
        'a.pdf',
        smallPdf(
          'BT /F1 24 Tf 72 700 Td (Big Title) Tj /F1 12 Tf 0 -40 Td (An exam-) Tj 0 -14 Td (ple of peer-to-) Tj 0 -14 Td (peer text.) Tj ET',
          2,
        ),
      )
      expect(document).toMatchObject({ title: 'Big Title', metadata: { format: 'pdf', pages: 2 } })
      expect(document.text.slice(document.pages?.[1])).toBe('Big Title\n\nAn example of peer-to-peer text.')
      expect(document.pages).toHaveLength(2)
    })

    it('is never fetched for', async () => {
      const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'))
      await parse('a.pdf', smallPdf('BT /F1 12 Tf 72 700 Td (x) Tj ET'))
      expect(fetch).not.toHaveBeenCalled()
      fetch.mockRestore()
    })

    it('is reported when it is damaged, empty of text, or a bomb', async () => {
      const good = smallPdf('BT /F1 12 Tf 72 700 Td (x) Tj ET')
      expect(await reasonFor('a.pdf', '%PDF-1.4\nnonsense')).toBe('damaged')
      expect(await reasonFor('a.pdf', good.subarray(0, 40))).toBe('damaged')
      expect(await reasonFor('a.pdf', smallPdf(''))).toBe('unsupported')
      expect(await reasonFor('a.pdf', smallPdf(Buffer.alloc(200 * 1024 * 1024, ' ')))).toBe('too-large')
    })

    it('fails with a reason or gives text wherever it is cut', async () => {
      const good = smallPdf('BT /F1 12 Tf 72 700 Td (x) Tj ET')
      for (let end = 1; end < good.length; end += 37) {
        const result: unknown = await collect(parseFile(memoryFile('a.pdf', good.subarray(0, end)))).catch(
          (error: unknown) => error,
        )
        expect(Array.isArray(result) || result instanceof SkippedError).toBe(true)
      }
    })
  })

  describe('DOCX', () => {
    it('has headings, paragraphs and tables', async () => {
      const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`
      const document = await parse(
        'a.docx',
        smallDocx(
          `${paragraph('Head', 'Heading1')}${paragraph('Text &amp; more')}<w:tbl><w:tr>${cell('a')}${cell('b')}</w:tr></w:tbl>`,
        ),
      )
      expect(document).toMatchObject({
        text: 'Head\n\nText & more\n\na | b',
        title: 'Head',
        headings: [{ start: 0, level: 1, title: 'Head' }],
      })
    })

    it('is refused before it is unpacked when it is a bomb, deep, or has entities of its own', async () => {
      const bomb = smallDocx(paragraph('x'), { 'word/big.xml': Buffer.alloc(200 * 1024 * 1024, ' ') })
      expect(await reasonFor('a.docx', bomb)).toBe('too-large')
      expect(await reasonFor('a.docx', smallDocx('<w:sdt>'.repeat(5000)))).toBe('damaged')
      expect(await reasonFor('a.docx', smallDocx('<w:p/>'.repeat(300_000)))).toBe('too-large')
      expect(await reasonFor('a.docx', smallDocx('', {}, '<!DOCTYPE x [<!ENTITY a "b">]>'))).toBe('damaged')
    })

    it('leaves pictures packed, however large', async () => {
      expect(
        (await parse('a.docx', smallDocx(paragraph('x'), { 'word/media/a.png': Buffer.alloc(200 * 1024 * 1024) }))).text,
      ).toBe('x')
    })

    it('fails with a reason wherever it is cut', async () => {
      const good = smallDocx(paragraph('x'))
      for (let end = 4; end < good.length; end += 41) await reasonFor('a.docx', good.subarray(0, end))
    })
  })

  it("reads a book's chapters in order, without its table of contents", async () => {
    const document = await parse('a.epub', smallEpub())
    expect(document).toMatchObject({
      title: 'A Book',
      text: 'One\n\nfirst\n\nTwo\n\nsecond',
      headings: [
        { start: 0, level: 1, title: 'One' },
        { start: 12, level: 2, title: 'Two' },
      ],
    })
    expect(
      await reasonFor('a.epub', smallEpub('<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>')),
    ).toBe('encrypted')
    expect((await parse('a.epub', smallEpub('<EncryptionMethod Algorithm="http://www.idpf.org/2008/embedding"/>'))).title).toBe(
      'A Book',
    )
  })

  it('gives up on a file when its time is over', async () => {
    expect(await reasonFor('a.html', '<div>x'.repeat(50_000), 1)).toBe('too-slow')
    expect(await reasonFor('a.csv', 'a,b\n'.repeat(500_000), 1)).toBe('too-slow')
    expect(await reasonFor('a.pdf', smallPdf('BT /F1 12 Tf 72 700 Td (x) Tj ET', 2000), 1)).toBe('too-slow')
  })

  it('takes a page that is nothing but nesting', async () => {
    expect((await parse('a.html', `${'<div>'.repeat(50_000)}x`)).text).toBe('x')
    expect(await reasonFor('a.html', '<div>'.repeat(100_000))).toBe('damaged')
    expect((await parse('a.html', '<ul><li>a'.repeat(20_000))).text.length).toBeLessThan(20_000 * 25)
  })
})
