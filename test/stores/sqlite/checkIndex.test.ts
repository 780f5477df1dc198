import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../src/errors.ts'
import { hashed } from '../../../src/models/hashed.ts'
import { ingest } from '../../../src/pipelines/ingest.ts'
import { filesIn } from '../../../src/sources/filesIn.ts'
import { checkIndex } from '../../../src/stores/sqlite/checkIndex.ts'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { fillerText, randomNumbers } from '../../support/fillerText.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

/** An index of 12 files with overlapping passages and embeddings. */
async function makeIndex(): Promise<string> {
  const folder = temporaryFolder()
  const random = randomNumbers(5)
  for (let number = 0; number < 12; number++) writeFileSync(join(folder, `${number}.md`), `# Part ${number}\n\n${fillerText(random, 400)}`)
  const path = join(temporaryFolder(), 'index.sqlite')
  const embedder = hashed({ dimensions: 32 })
  const store = sqliteStore(path, { configuration: { embedder: embedder.id } })
  await lastValueFrom(ingest(filesIn(folder), { store, embedder, passageTokens: 128, overlapTokens: 20 }))
  store.close()
  return path
}

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

describe('checkIndex', () => {
  it('finds nothing wrong with an index that was made, is open, and is written to', async () => {
    const path = await makeIndex()
    const store = sqliteStore(path)

    const check = checkIndex(path)

    expect(check).toMatchObject({ problems: [], files: 12, documents: 12 })
    expect(check.passages).toBeGreaterThan(24)
    expect(check.embeddings).toBe(check.passages)
    expect(check.roots).toHaveLength(1)
    store.close()
  })

  it('finds nothing wrong with an empty index', () => {
    const path = join(temporaryFolder(), 'index.sqlite')
    sqliteStore(path).close()

    expect(checkIndex(path)).toEqual({ problems: [], files: 0, documents: 0, passages: 0, embeddings: 0, roots: [] })
  })

  it.each([
    ["DELETE FROM files WHERE id LIKE '%/3.md'", /^1 document is of a file that the index does not know$/],
    ['DELETE FROM documents WHERE number = 2', /^\d+ passages belong to no document$/],
    ['DELETE FROM passages WHERE place = 0 AND document < 4', /^3 documents lack passages between others$/],
    ['UPDATE passages SET place = 99 WHERE document = 1 AND place = 1', /^1 document lacks passages between others$/],
    ['DELETE FROM terms WHERE rowid < 3', /^2 passages cannot be found by words$/],
    ['DELETE FROM embeddings WHERE passage = 1', /^1 passage has no embedding$/],
    ['INSERT INTO embeddings (passage, embedding) VALUES (9999, zeroblob(128))', /^1 embedding of passages that are not there$/],
    ['UPDATE embeddings SET embedding = zeroblob(64) WHERE passage = 1', /^1 embedding has another length than the index says$/],
    ["UPDATE embeddings SET embedding = unhex('0000C07F') || substr(embedding, 5) WHERE passage < 3", /^2 embeddings with a number that is none$/],
    ["UPDATE passages SET text = unhex('FF') WHERE number = 1", /^1 passages with a text that is none$/],
    ['UPDATE passages SET start = start - 5 WHERE place = 1 AND document = 1', /^2 passages that do not begin where their text stands/],
    ["UPDATE passages SET headings = '[' WHERE number = 1", /^1 passages with headings that are none$/],
    ["UPDATE documents SET metadata = 'none' WHERE number = 1", /^1 documents with metadata that are none$/],
    ['UPDATE passages SET line = 0 WHERE number = 1', /^1 passages with an impossible line/],
    ['DROP TABLE passages', /^The file is damaged: no such table: passages$/],
  ])('finds what `%s` has done', async (sql, problem) => {
    const path = await makeIndex()
    change(path, sql)

    expect(checkIndex(path).problems).toContainEqual(expect.stringMatching(problem))
  })

  it.each([1 / 4, 1 / 2, 3 / 4])('finds that the file was cut off (%f of it left)', async (part) => {
    const path = await makeIndex()
    truncateSync(path, Math.floor(readFileSync(path).length * part))

    expect(checkIndex(path).problems).toContainEqual(expect.stringMatching(/^The file is damaged: /))
  })

  it('finds pages that were overwritten, wherever one of them is, or says that the file is none', async () => {
    const path = await makeIndex()
    // Pages that are free hold nothing that could be damaged.
    change(path, 'VACUUM')
    const bytes = readFileSync(path)
    const pages = bytes.length / 4096
    const unnoticed: number[] = []
    for (let page = 0; page < pages; page++) {
      const copy = Buffer.from(bytes)
      copy.fill(0xa5, page * 4096, page * 4096 + 4096)
      writeFileSync(path, copy)
      try {
        if (checkIndex(path).problems.length === 0) unnoticed.push(page)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
      }
    }

    expect(pages).toBeGreaterThan(20)
    expect(unnoticed).toEqual([])
  })

  it('refuses what is no index of this format', async () => {
    const path = await makeIndex()
    change(path, "UPDATE configuration SET value = '99' WHERE name = 'version'")
    const text = join(temporaryFolder(), 'notes.txt')
    writeFileSync(text, 'My notes. '.repeat(100))

    expect(() => checkIndex(path)).toThrow(/has format 99/)
    expect(() => checkIndex(text)).toThrow(/it is no index/)
    expect(() => checkIndex(join(text, 'none'))).toThrow(/^No index at/)
    expect(() => checkIndex(temporaryFolder())).toThrow(/it is a folder/)
  })

  it('says of a file whose maker was stopped before it made a table that it is empty', () => {
    const path = join(temporaryFolder(), 'index.sqlite')
    change(path, 'PRAGMA journal_mode = WAL')

    expect(() => checkIndex(path)).toThrow(`The index ${path} is empty. Make it: riffle index --data FOLDER --index ${path}`)
  })
})
