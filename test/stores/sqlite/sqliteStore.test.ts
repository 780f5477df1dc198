import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../../src/errors.ts'
import { checkIndex } from '../../../src/stores/sqlite/checkIndex.ts'
import { schemaVersion } from '../../../src/stores/sqlite/schema.ts'
import { type SqliteStoreOptions, sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import type { PassageStore, SearchRequest } from '../../../src/types/ports.ts'
import { embeddedPassage } from '../../support/passage.ts'
import { passagesOf, storedDocument } from '../../support/storedDocument.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

const configuration = { splitter: 'split 1024/20 by o200k_base', embedder: 'hashed-2' }
const put = (store: PassageStore, id: string, texts: readonly string[]) => firstValueFrom(store.upsert(storedDocument(id, { fileId: id }), passagesOf(id, texts)))
const putEmbedded = (store: PassageStore, id: string, numbers: readonly number[]) =>
  firstValueFrom(store.upsert(storedDocument(id), [embeddedPassage(`text of ${id}`, numbers, { id: `${id}#0`, documentId: id })]))
const found = async (store: PassageStore, text: string, more: Partial<SearchRequest> = {}) =>
  (await firstValueFrom(store.search({ text, topK: 10, ...more }))).map(({ id }) => id)
const newPath = () => join(temporaryFolder(), 'index.sqlite')
const refused = (path: string, options?: SqliteStoreOptions) => {
  try {
    sqliteStore(path, options).close()
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('Expected a refusal')
}

describe('sqliteStore', () => {
  it('gives the same after it was closed and opened again', async () => {
    const path = newPath()
    const first = sqliteStore(path, { configuration })
    await putEmbedded(first, 'a', [1, 0])
    await putEmbedded(first, 'b', [0, 1])
    await firstValueFrom(first.commitFile({ id: 'f', root: '/r', stamp: 's' }, []))
    const ask = async (store: PassageStore) => ({
      words: await firstValueFrom(store.search({ text: 'text', topK: 5 })),
      both: await firstValueFrom(store.search({ text: 'text', topK: 5, embedding: Float32Array.of(0, 1) })),
      sample: await firstValueFrom(store.sample(3)),
      stats: await firstValueFrom(store.stats()),
      files: await firstValueFrom(store.files('/r')),
      prints: await firstValueFrom(store.fingerprints()),
    })
    const before = await ask(first)
    first.close()

    const again = sqliteStore(path)

    expect(await ask(again)).toEqual(before)
    expect(again.configuration).toEqual({ ...configuration, dimensions: 2, version: schemaVersion })
    again.close()
  })

  it('gives the files of a folder alone', async () => {
    const store = sqliteStore(':memory:')
    for (const id of ['d/a', 'd/a/x', 'd/a/y/z', 'd/a.txt', 'd/a0', 'd/b', 'e/a/x']) await firstValueFrom(store.commitFile({ id, root: '/d', stamp: '1' }, []))

    expect((await firstValueFrom(store.files(undefined, 'd/a'))).map(({ id }) => id)).toEqual(['d/a', 'd/a/x', 'd/a/y/z'])
    expect((await firstValueFrom(store.files('/d', 'd/b'))).map(({ id }) => id)).toEqual(['d/b'])
    expect(await firstValueFrom(store.files('/d', 'none'))).toEqual([])
  })

  it('makes the folders on the way to the file', () => {
    const path = join(temporaryFolder(), 'a', 'b', 'index.sqlite')
    sqliteStore(path).close()

    expect(statSync(path).size).toBeGreaterThan(0)
  })

  describe('refuses', () => {
    const made = () => {
      const path = newPath()
      sqliteStore(path, { configuration: { ...configuration, dimensions: 2 } }).close()
      return path
    }

    it('another splitter', () => {
      const path = made()
      expect(refused(path, { configuration: { ...configuration, splitter: 'split 256/0' } })).toBe(
        `The index ${path} does not fit: its passages were split by ${configuration.splitter}, asked for was split 256/0. Use the same options, or another --index.`,
      )
    })

    it('another embedder, none, and one for an index without', () => {
      const path = made()
      const plain = newPath()
      sqliteStore(plain, { configuration: { splitter: configuration.splitter } }).close()

      expect(refused(path, { configuration: { ...configuration, embedder: 'other' } })).toContain('its embeddings are by hashed-2, asked for was other.')
      expect(refused(path, { configuration: { splitter: configuration.splitter } })).toContain('its embeddings are by hashed-2, asked for was no embedder.')
      expect(refused(plain, { configuration })).toContain('its embeddings are by no embedder, asked for was hashed-2.')
    })

    it('other dimensions, at once or with the first embedding', async () => {
      const path = made()
      expect(refused(path, { configuration: { ...configuration, dimensions: 3 } })).toContain('its embeddings have 2 dimensions, asked for was 3 dimensions.')
      const store = sqliteStore(path, { configuration })

      await expect(putEmbedded(store, 'a', [1, 2, 3])).rejects.toThrow('its embeddings have 2 dimensions, asked for was 3 dimensions.')
      expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 0 })
      store.close()
    })

    it('an index that somebody filled without saying how', async () => {
      const path = newPath()
      const store = sqliteStore(path)
      await put(store, 'a', ['apple'])
      store.close()

      expect(refused(path, { configuration })).toContain('nothing known')
    })

    it('a file that is no database, and leaves it as it is', () => {
      const path = newPath()
      writeFileSync(path, 'My notes, not an index. '.repeat(100))

      expect(refused(path)).toBe(`Cannot open the index ${path}: it is no index, but a file of another kind, or its beginning is damaged.`)
      expect(readFileSync(path, 'utf8')).toBe('My notes, not an index. '.repeat(100))
    })

    it('a database of another program, and leaves it as it is', () => {
      const path = newPath()
      const other = new DatabaseSync(path)
      other.exec('CREATE TABLE contacts (name TEXT)')
      other.close()
      const before = readFileSync(path)

      expect(refused(path, { configuration })).toBe(`Cannot open the index ${path}: it is a database of another program. Name another file.`)
      expect(readFileSync(path).equals(before)).toBe(true)
    })

    it.each([['a newer', schemaVersion + 1], ['an older', schemaVersion - 1]])('an index of %s format, and leaves it as it is', (_, version) => {
      const path = made()
      const database = new DatabaseSync(path)
      database.exec(`UPDATE configuration SET value = '${version}' WHERE name = 'version'; DROP TABLE files`)
      database.close()
      const before = readFileSync(path)

      expect(refused(path)).toBe(`The index ${path} has format ${version}, this version of Riffle reads format ${schemaVersion}. Build it again.`)
      expect(readFileSync(path).equals(before)).toBe(true)
    })

    it('a folder, and a path through a file', () => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, 'file'), '')

      expect(refused(folder)).toContain(`Cannot open the index ${folder}: `)
      expect(refused(join(folder, 'file', 'index.sqlite'))).toContain('Cannot open the index ')
    })
  })

  it('says its format even when nobody says how it is filled', () => {
    const path = newPath()
    const store = sqliteStore(path)

    expect(store.configuration).toEqual({ version: schemaVersion })
    store.close()
  })

  it('lets a new index be claimed later, while it is empty', () => {
    const path = newPath()
    sqliteStore(path).close()
    const store = sqliteStore(path, { configuration })

    expect(store.configuration).toMatchObject(configuration)
    store.close()
  })

  it('makes and changes nothing when it is only to be read', async () => {
    const path = newPath()
    expect(() => sqliteStore(path, { readOnly: true })).toThrow(/^No index at .* Make it:/)
    expect(existsSync(path)).toBe(false)

    // As one is left that was killed when it had made the file, and no table in it.
    const database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL')
    database.close()
    const before = readFileSync(path)
    expect(() => sqliteStore(path, { readOnly: true })).toThrow(/ is empty\. Make it:/)
    expect(readFileSync(path)).toEqual(before)

    sqliteStore(path, { configuration }).close()
    const made = readFileSync(path)
    const store = sqliteStore(path, { readOnly: true, configuration: { ...configuration, splitter: 'another' } })
    expect(store.configuration).toMatchObject(configuration)
    await expect(firstValueFrom(store.remove(['a']))).rejects.toThrow('was opened to be read only')
    await expect(put(store, 'a', ['apple'])).rejects.toBeInstanceOf(InputError)
    store.close()
    expect(readFileSync(path)).toEqual(made)
  })

  it('begins anew with what a maker left that was killed while it wrote the first pages', () => {
    const path = newPath()
    const database = new DatabaseSync(path)
    // Pages are written before the commit, and the journal beside the file takes them back.
    database.exec(`PRAGMA cache_size = 1; BEGIN; CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(${2 ** 20}))`)
    const left = newPath()
    for (const end of ['', '-journal']) copyFileSync(path + end, left + end)
    database.exec('ROLLBACK')
    database.close()
    expect(statSync(left).size).toBeGreaterThan(4096)

    sqliteStore(left, { configuration }).close()
    expect(checkIndex(left).problems).toEqual([])
  })

  it('takes no file for an empty index that has lost its beginning, nor one of another program', () => {
    const path = newPath()
    sqliteStore(path, { configuration }).close()
    const bytes = readFileSync(path)
    // The number of entries on the first page.
    writeFileSync(path, bytes.fill(0, 103, 105))
    expect(() => sqliteStore(path)).toThrow(/it is damaged/)
    writeFileSync(path, 'x')
    expect(() => sqliteStore(path)).toThrow(/it is no index/)

    const foreign = newPath()
    const database = new DatabaseSync(foreign)
    database.exec('CREATE VIEW v AS SELECT 1')
    database.close()
    expect(() => sqliteStore(foreign)).toThrow(/a database of another program/)
  })

  it('writes nothing of a document with two passages in one place', async () => {
    const store = sqliteStore(':memory:')
    await put(store, 'a', ['apple'])
    const [twice] = passagesOf('a', ['pear'])

    await expect(firstValueFrom(store.upsert(storedDocument('a'), [twice!, twice!]))).rejects.toMatchObject({ code: 'index' })
    await expect(firstValueFrom(store.upsert(storedDocument('a'), [{ ...twice!, id: 'mine' }]))).rejects.toMatchObject({ code: 'contract' })

    expect(await found(store, 'apple pear')).toEqual(['a#0'])
    await put(store, 'a', ['pear'])
    expect(await found(store, 'pear')).toEqual(['a#0'])
  })

  describe('with two openers of one file', () => {
    it('lets a reader see the last commit while another writes', async () => {
      const path = newPath()
      const store = sqliteStore(path)
      await put(store, 'a', ['apple'])
      const writer = new DatabaseSync(path)
      writer.exec("BEGIN IMMEDIATE; DELETE FROM passages; DELETE FROM documents; DELETE FROM terms WHERE rowid = 1")

      expect(await found(store, 'apple')).toEqual(['a#0'])
      writer.exec('COMMIT')
      expect(await found(store, 'apple')).toEqual([])
      writer.close()
      store.close()
    })

    it('sees embeddings that the other wrote', async () => {
      const path = newPath()
      const [reader, writer] = [sqliteStore(path), sqliteStore(path)]
      const near = () => found(reader, '', { embedding: Float32Array.of(1, 0), retrieval: 'vector' })
      await putEmbedded(writer, 'a', [0, 1])
      expect(await near()).toEqual(['a#0'])

      await putEmbedded(writer, 'b', [1, 0])

      expect(await near()).toEqual(['b#0', 'a#0'])
      await firstValueFrom(writer.remove(['b']))
      expect(await near()).toEqual(['a#0'])
      reader.close()
      writer.close()
    })

    it('holds both writers to the same dimensions', async () => {
      const path = newPath()
      const [first, second] = [sqliteStore(path), sqliteStore(path)]
      await putEmbedded(first, 'a', [0, 1])

      await expect(putEmbedded(second, 'b', [0, 1, 2])).rejects.toThrow(InputError)
      first.close()
      second.close()
    })
  })
})
