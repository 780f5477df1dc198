import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../../src/parsers/decodeText.ts'
import { htmlToText } from '../../src/parsers/htmlToText.ts'
import { createPace } from '../../src/internal/createPace.ts'
import { parseFile } from '../../src/parsers/parseFile.ts'
import { declaredEncoding } from '../../src/parsers/parseHtml.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { fromDirectory } from '../../src/sources/fromDirectory.ts'
import type { Document } from '../../src/types/document.ts'
import type { Skipped } from '../../src/types/ports.ts'
import { collect } from '../support/collect.ts'
import { sharedData } from '../support/sharedData.ts'
import { wordAgreement, wordsOf } from './wordAgreement.ts'

interface Facts {
  readonly textSha256?: string
  readonly utf16Length?: number
  readonly title?: string
  readonly pages?: number | null
  readonly rows?: number
  readonly records?: number
  readonly reference?: string
}

const docs = join(sharedData ?? '', 'docs')
const facts: Readonly<Record<string, Facts>> =
  sharedData === undefined ? {} : (JSON.parse(readFileSync(join(docs, 'facts.json'), 'utf8')) as Record<string, Facts>)
const named = (folder: string) => Object.keys(facts).filter((name) => name.startsWith(folder))
const reference = (name: string, end = '.txt') => readFileSync(join(docs, 'reference', name + end), 'utf8')
const tidy = (cell: string) => cell.trim().replace(/\s*\n\s*/g, '\n')
const digest = (text: string) => createHash('sha256').update(text).digest('hex')

async function parse(name: string): Promise<Document> {
  for await (const file of filesIn(join(docs, name))) for await (const document of parseFile(file)) return document
  throw new Error(`No document in ${name}`)
}

/** The reference holds what the page hides: compared with what it shows, in both directions. */
const HIDING = new Set(['html/hidden-nodes.html', 'html/wikipedia-3.html'])

describe.skipIf(sharedData === undefined)('the shared documents', () => {
  it.each(Object.entries(facts).filter(([, { textSha256 }]) => textSha256 !== undefined))(
    '%s decodes to the text that its digest states',
    async (name, { textSha256, utf16Length }) => {
      const { text } = await decodeText(
        readFileSync(join(docs, name)),
        name,
        name.endsWith('.html') ? { declaredIn: declaredEncoding } : {},
      )
      expect([text.length, digest(text)]).toEqual([utf16Length, textSha256])
    },
  )

  it.each([...named('text/'), ...named('markdown/')])('%s is a document with exactly that text', async (name) => {
    expect(digest((await parse(name)).text)).toBe(facts[name]!.textSha256)
  })

  it.each([
    ...named('html/').filter((name) => !HIDING.has(name)),
    ...named('docx/'),
    ...named('epub/'),
    ...named('pdf/').filter((name) => facts[name]!.reference !== undefined),
  ])('%s agrees with its reference in 95 of 100 words, both ways', async (name) => {
    const { recall, precision } = wordAgreement((await parse(name)).text, reference(name))
    expect(recall).toBeGreaterThanOrEqual(0.95)
    expect(precision).toBeGreaterThanOrEqual(0.95)
  })

  it.each([...HIDING])('%s has what its article has and nothing that the page does not have', async (name) => {
    const { text } = await parse(name)
    const article = await htmlToText(reference(name, '.article.html'), name, createPace(10_000, name))
    expect(wordAgreement(text, article.text).recall).toBeGreaterThanOrEqual(0.95)
    expect(wordAgreement(text, reference(name)).precision).toBeGreaterThanOrEqual(0.95)
  })

  it('hidden-nodes.html has none of its hidden parts', async () => {
    const { text } = await parse('html/hidden-nodes.html')
    const title = facts['html/hidden-nodes.html']!.title!
    const article = readFileSync(join(docs, 'reference/html/hidden-nodes.html.article.html'), 'utf8').replace(/<[^>]*>/g, ' ')
    expect(wordsOf(text)).toEqual([...wordsOf(title), ...wordsOf(article)])
  })

  it.each(named('html/').filter((name) => (facts[name]!.title ?? '') !== ''))('%s has its title', async (name) => {
    expect((await parse(name)).title).toBe(facts[name]!.title)
  })

  it('PDF files have their pages', async () => {
    for (const name of named('pdf/').filter((pdf) => facts[pdf]!.reference !== undefined))
      expect((await parse(name)).pages).toHaveLength(facts[name]!.pages!)
  })

  it("finds the bitcoin paper's title and joins its parted words", async () => {
    const { title, text } = await parse('pdf/bitcoin.pdf')
    expect(title).toBe('Bitcoin: A Peer-to-Peer Electronic Cash System')
    expect(text).not.toMatch(/\p{Ll}-\n\p{Ll}/u)
  })

  it.each(named('csv/').filter((name) => facts[name]!.reference !== undefined))(
    '%s has every cell of its reference under its column',
    async (name) => {
      const [header, ...rows] = JSON.parse(reference(name, '.json')) as [string[], ...string[][]]
      const records = rows.map((row) =>
        row.map((cell, column) => [header[column]!.trim(), tidy(cell)]).filter(([, cell]) => cell !== ''),
      )
      expect((await parse(name)).text).toBe(
        records.map((record) => record.map(([column, cell]) => `${column}: ${cell}`).join('\n')).join('\n\n'),
      )
    },
  )

  it('verylong-sample.csv has all its rows', async () => {
    const { text, metadata } = await parse('csv/verylong-sample.csv')
    expect(metadata).toMatchObject({ rows: facts['csv/verylong-sample.csv']!.rows! - 1 })
    const cells = readFileSync(join(docs, 'csv/verylong-sample.csv'), 'utf8').split('\n').slice(1).join('\n')
    expect(wordAgreement(text, cells).recall).toBe(1)
  })

  it('notebooks have their title and their code in fences', async () => {
    expect((await parse('notebook/test_notebook.ipynb')).title).toBe('Test Notebook Title')
    expect((await parse('notebook/test4.ipynb')).text).toContain('```\nhello\n```')
  })

  it('load as a folder, in order, with what cannot be read reported and nothing else missing', async () => {
    const skipped: Skipped[] = []
    const documents = await lastValueFrom(
      fromDirectory(docs, { exclude: ['reference', 'facts.json'], onSkipped: (item) => skipped.push(item) }).pipe(toArray()),
    )
    expect(skipped.map(({ path, reason }) => [path.slice(docs.length + 1), reason])).toEqual([
      ['pdf/libreoffice-writer-password.pdf', 'encrypted'],
    ])
    const files = documents.map(({ id }) => id.replace(/#.*$/, ''))
    expect([...new Set(files)]).toEqual(
      Object.keys(facts)
        .filter((name) => name !== 'pdf/libreoffice-writer-password.pdf')
        .map((name) => `docs/${name}`)
        .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    expect(files.filter((id) => id.endsWith('.ndjson'))).toHaveLength(facts['json/arbitrary-records.ndjson']!.records!)
  })

  it('load the retrieval collections line by line, every line a document', async () => {
    for (const name of ['cranfield', 'npl']) {
      const path = join(sharedData!, 'ir', name, 'corpus.jsonl')
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
      const [file] = await collect(filesIn(path))
      const documents = await collect(parseFile(file!))
      expect(documents).toHaveLength(lines.length)
      const last = JSON.parse(lines.at(-1)!) as { id: string; title: string; text: string }
      expect(documents.at(-1)).toMatchObject({ id: `corpus.jsonl#${last.id}`, text: last.text })
    }
  })
})
