import { inspect } from 'node:util'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { InputError, type RagError } from '../../../src/errors.ts'
import { checkPostgresIndex } from '../../../src/stores/postgres/checkPostgresIndex.ts'
import { type PostgresStore, type PostgresStoreOptions, postgresStore } from '../../../src/stores/postgres/postgresStore.ts'
import { schemaVersion } from '../../../src/stores/postgres/schema.ts'
import type { PassageStore, SearchRequest } from '../../../src/types/ports.ts'
import { randomNumbers } from '../../support/fillerText.ts'
import { embeddedPassage } from '../../support/passage.ts'
import { bootMs, newIndexes, startPglite } from '../../support/pgliteServer.ts'
import { passagesOf, storedDocument } from '../../support/storedDocument.ts'

const configuration = { splitter: 'split 1024/20 by o200k_base', embedder: 'hashed-2' }
const put = (store: PassageStore, id: string, texts: readonly string[]) => firstValueFrom(store.upsert(storedDocument(id, { fileId: `f${id}` }), passagesOf(id, texts)))
const putEmbedded = (store: PassageStore, id: string, numbers: Iterable<number>) =>
  firstValueFrom(store.upsert(storedDocument(id), [embeddedPassage(`text of ${id}`, [...numbers], { id: `${id}#0`, documentId: id })]))
const found = async (store: PassageStore, text: string, more: Partial<SearchRequest> = {}) =>
  (await firstValueFrom(store.search({ text, topK: 10, ...more }))).map(({ id }) => id)

const { server, newAddress } = newIndexes()
const schemaOf = (address: string) => new URL(address).searchParams.get('schema') ?? ''
const opened = async (address: string, options?: PostgresStoreOptions): Promise<PostgresStore> => {
  const store = await postgresStore(address, options)
  onTestFinished(() => store.close())
  return store
}
const refused = async (address: string, options?: PostgresStoreOptions): Promise<string> => {
  const error = await postgresStore(address, options).then(() => undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(InputError)
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
  return (error as RagError).message
}

describe('postgresStore', () => {
  it('gives the same after it was closed and opened again', async () => {
    const address = newAddress()
    const first = await postgresStore(address, { configuration })
    await putEmbedded(first, 'a', [1, 0])
    await putEmbedded(first, 'b', [0, 1])
    await firstValueFrom(first.commitFile({ id: 'f', root: '/r', stamp: 's' }, []))
    const ask = async (store: PassageStore) => ({
      both: await firstValueFrom(store.search({ text: 'text', topK: 5, embedding: Float32Array.of(0, 1) })),
      sample: await firstValueFrom(store.sample(3)),
      stats: await firstValueFrom(store.stats()),
      files: await firstValueFrom(store.files('/r')),
      prints: await firstValueFrom(store.fingerprints()),
    })
    const before = await ask(first)
    first.close()

    const again = await opened(address, { readOnly: true })

    expect(await ask(again)).toEqual(before)
    expect(before.both.map(({ id }) => id)).toEqual(['a#0', 'b#0'])
    expect(again.configuration).toEqual({ ...configuration, dimensions: 2, version: schemaVersion })
  })

  it('keeps indexes in schemas of their own', async () => {
    const [one, two] = [await opened(newAddress()), await opened(newAddress())]
    await put(one, 'a', ['apple'])

    expect(await found(two, 'apple')).toEqual([])
    expect(await found(one, 'apple')).toEqual(['a#0'])
  })

  it('gives the files of a folder alone', async () => {
    const store = await opened(newAddress())
    for (const id of ['d/a', 'd/a/x', 'd/a/y/z', 'd/a.txt', 'd/a0', 'd/b', 'e/a/x']) await firstValueFrom(store.commitFile({ id, root: '/d', stamp: '1' }, []))

    expect((await firstValueFrom(store.files(undefined, 'd/a'))).map(({ id }) => id).toSorted()).toEqual(['d/a', 'd/a/x', 'd/a/y/z'])
    expect(await firstValueFrom(store.files('/d', 'none'))).toEqual([])
  })

  it('takes what PostgreSQL has no text for: NUL, and ids and values longer than an index takes', async () => {
    const store = await opened(newAddress())
    const id = `docs/\u0000${'x'.repeat(9000)}`
    const metadata = { nul: 'a\u0000b', long: 'y'.repeat(9000), [`name ${'n'.repeat(9000)}`]: 1 }
    await firstValueFrom(store.upsert({ document: { id, title: 'T\u0000', metadata }, fingerprint: 'f' }, passagesOf(id, ['apple'])))

    expect(await found(store, 'apple', { filter: { and: [{ field: 'long', equals: 'y'.repeat(9000) }, { field: 'nul', prefix: 'a\u0000' }, { field: 'documentId', equals: id }] } })).toEqual([`${id}#0`])
    expect(await found(store, 'apple', { filter: { field: 'long', equals: `${'y'.repeat(8999)}z` } })).toEqual([])
    expect(await firstValueFrom(store.remove([id]))).toBe(1)
  })

  it('writes nothing of a document with two passages in one place', async () => {
    const store = await opened(newAddress())
    await put(store, 'a', ['apple'])
    const [twice] = passagesOf('a', ['pear'])

    await expect(firstValueFrom(store.upsert(storedDocument('a'), [twice!, twice!]))).rejects.toMatchObject({ code: 'index' })
    expect(await found(store, 'apple pear')).toEqual(['a#0'])
  })

  it('lets go of its only connection when nobody waits for the answer any more', async () => {
    const store = await opened(newAddress(), { connections: 1 })
    await put(store, 'a', ['apple'])
    for (let times = 0; times < 10; times++) store.search({ text: 'apple', topK: 1 }).subscribe().unsubscribe()
    for (let times = 0; times < 10; times++) store.upsert(storedDocument('b'), passagesOf('b', ['pear'])).subscribe().unsubscribe()

    expect(await found(store, 'apple')).toEqual(['a#0'])
    expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 1 })
  })

  it('refuses options that cannot work', async () => {
    await expect(postgresStore(newAddress(), { bm25: { k1: -1 } })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(postgresStore(newAddress(), { connections: 0 })).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(postgresStore(newAddress(), { exactUpTo: 0.5 })).rejects.toMatchObject({ code: 'invalid-option' })
  })
})

describe('vectors', () => {
  it.each([[32, 600], [2100, 40]])('of %i dimensions come from the graph above exactUpTo, with their exact cosines, nearly all of the nearest', async (dimensions, count) => {
    const address = newAddress()
    const random = randomNumbers(7)
    const vector = () => Float32Array.from({ length: dimensions }, () => random() - 0.5)
    const [exact, approximate] = [await opened(address, { exactUpTo: Infinity }), await opened(address, { exactUpTo: 1 })]
    const passages = passagesOf('a', Array.from({ length: count }, (_, index) => `text ${index}`)).map((each) => ({ ...each, embedding: vector() }))
    await firstValueFrom(exact.upsert(storedDocument('a'), passages))
    // So small a table would be read whole.
    await server().db.exec('SET enable_seqscan = off; SET enable_sort = off')
    onTestFinished(async () => void (await server().db.exec('RESET enable_seqscan; RESET enable_sort')))
    const scans = async () => {
      await server().db.exec('SELECT pg_stat_force_next_flush()')
      const { rows } = await server().db.query<{ n: number }>('SELECT idx_scan::int AS n FROM pg_stat_user_indexes WHERE indexrelname = $1 AND schemaname = $2', ['embeddings_by_nearness', schemaOf(address)])
      return rows[0]?.n ?? 0
    }

    let same = 0
    for (let question = 0; question < 10; question++) {
      const request = { text: '', retrieval: 'vector', topK: 10, embedding: vector() } as const
      const right = await firstValueFrom(exact.search(request))
      const near = await firstValueFrom(approximate.search(request))
      const scores = new Map(right.map(({ id, score }) => [id, score]))
      expect(near).toHaveLength(10)
      for (const { id, score } of near) if (scores.has(id)) expect(score).toBe(scores.get(id))
      same += near.filter(({ id }) => scores.has(id)).length
    }

    expect(same / 100).toBeGreaterThan(0.95)
    expect(await scans()).toBe(10)
  })

  it('of more dimensions than pgvector has are refused, and words still work', async () => {
    const store = await opened(newAddress())
    await expect(putEmbedded(store, 'a', new Float32Array(16_001).fill(1))).rejects.toThrow(/at most 16000 dimensions, got 16001/)
    await put(store, 'a', ['apple'])

    expect(await found(store, 'apple')).toEqual(['a#0'])
  })

  it('are refused where the server has no pgvector, and words still work', async () => {
    const plain = await startPglite({ withVector: false })
    onTestFinished(() => plain.close())
    const store = await opened(plain.url)
    await put(store, 'a', ['apple'])

    await expect(putEmbedded(store, 'b', [1, 0])).rejects.toThrow('cannot keep embeddings: its server has no pgvector. Install it there, or search by words: --retrieval bm25.')
    expect(await found(store, 'apple')).toEqual(['a#0'])
    expect(await found(store, '', { retrieval: 'vector', embedding: Float32Array.of(1, 0) })).toEqual([])
  }, bootMs)
})

describe('refuses, with one line and no password', () => {
  it('an index made otherwise', async () => {
    const address = newAddress()
    await opened(address, { configuration })

    expect(await refused(address, { configuration: { ...configuration, splitter: 'split 256/0' } })).toMatch(
      /^The index postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres\?schema=test_\d+ does not fit: its passages were split by .*, asked for was split 256\/0\. Use the same options, or another --index\.$/,
    )
    expect(await refused(address, { configuration: { ...configuration, embedder: 'other' } })).toContain('its embeddings are by hashed-2, asked for was other.')
    expect(await refused(address, { configuration: { ...configuration, language: 'german' } })).toContain('indexed by the language english, asked for was german.')
  })

  it('other dimensions than the index has', async () => {
    const address = newAddress()
    const store = await opened(address, { configuration })
    await putEmbedded(store, 'a', [1, 0])

    await expect(putEmbedded(store, 'b', [1, 0, 0])).rejects.toThrow('its embeddings have 2 dimensions, asked for was 3 dimensions.')
    expect(await refused(address, { configuration: { ...configuration, dimensions: 3 } })).toContain('its embeddings have 2 dimensions')
  })

  it.each([
    ['tables', 'CREATE TABLE contacts (name text)'],
    ['a table of our name', 'CREATE TABLE configuration (setting text)'],
  ])('a schema with %s of another program, and leaves it as it is', async (_, sql) => {
    const address = newAddress()
    const schema = schemaOf(address)
    await server().db.exec(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${sql}; RESET search_path`)

    expect(await refused(address, { configuration })).toContain(`the schema ${schema} of this database is another program's. Name another: ?schema=my_index behind the address.`)
    expect((await server().db.query('SELECT 1 FROM pg_tables WHERE schemaname = $1', [schema])).rows).toHaveLength(1)
  })

  it('a newer format, and leaves it as it is', async () => {
    const address = newAddress()
    await opened(address, { configuration })
    await server().db.exec(`UPDATE ${schemaOf(address)}.configuration SET value = '9' WHERE name = 'version'`)

    expect(await refused(address, { configuration })).toContain(`has format 9, this version of Riffle reads format ${schemaVersion}. Build it again.`)
  })

  it('an index that is not there, when it is only to be read', async () => {
    const address = newAddress()

    expect(await refused(address, { readOnly: true })).toMatch(/^No index at postgres:\/\/postgres@.*\. Make it: riffle index --data FOLDER --index 'postgres:/)
    expect((await server().db.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schemaOf(address)])).rows).toEqual([])
  })

  it('a server that is not there, and an address that is none', async () => {
    expect(await refused('postgres://me:secret@127.0.0.1:9/docs')).toBe('Cannot open the index postgres://me@127.0.0.1:9/docs: no PostgreSQL answers there. Is it running?')
    expect(await refused('postgres://me:secret@[nonsense/docs')).toContain('Expected the address of the index to be like postgres://user@localhost:5432/database')
    expect(await refused('postgres://me:secret@host/docs?schema=x;drop')).toContain('Expected schema= in the address')
    expect(await refused('postgres://me:secret@host/docs?connections=many')).toContain('Expected connections= in the address')
  })
})

describe('checkPostgresIndex', () => {
  const made = async () => {
    const address = newAddress()
    const store = await opened(address, { configuration: { embedder: 'e' } })
    for (const id of ['a', 'b', 'c']) {
      const passages = passagesOf(id, ['apple pie', 'pear tart']).map((each, index) => ({ ...each, embedding: Float32Array.of(index, 1) }))
      await firstValueFrom(store.upsert(storedDocument(id, { fileId: `f${id}` }), passages))
      await firstValueFrom(store.commitFile({ id: `f${id}`, root: '/docs', stamp: '1' }, [id]))
    }
    return address
  }

  it('finds nothing wrong with an index that was made, and with an empty one', async () => {
    const empty = newAddress()
    await opened(empty)

    expect(await checkPostgresIndex(await made())).toEqual({ problems: [], files: 3, documents: 3, passages: 6, embeddings: 6, roots: ['/docs'] })
    expect(await checkPostgresIndex(empty)).toEqual({ problems: [], files: 0, documents: 0, passages: 0, embeddings: 0, roots: [] })
    await expect(checkPostgresIndex(newAddress())).rejects.toThrow('No index at')
  })

  it.each([
    ["DELETE FROM files WHERE id = 'fa'", ['1 document is of a file that the index does not know']],
    ["DELETE FROM documents WHERE id = 'a'", ['2 passages belong to no document', 'The metadata of 1 document that is not there']],
    ['UPDATE passages SET place = 9 WHERE place = 1', ['3 documents lack passages between others']],
    ['UPDATE documents SET terms = terms + 1', ['3 documents count other passages or words than are there']],
    ['DELETE FROM fields WHERE document = (SELECT min(number) FROM documents)', ['1 document cannot be found by a filter']],
    ['DELETE FROM postings WHERE passage = (SELECT min(number) FROM passages)', ['1 passage cannot be found by all of its words']],
    ['INSERT INTO postings VALUES (1, 1, 1, 1)', ['1 passage is found by words that it has not']],
    ['DELETE FROM embeddings WHERE passage = (SELECT min(number) FROM passages)', ['1 passage has no embedding']],
    ['UPDATE embeddings SET passage = passage + 100', ['6 passages have no embedding', '6 embeddings of passages that are not there']],
    ["UPDATE passages SET headings = 'x' WHERE place = 0", ['3 passages with headings that are none']],
    ["UPDATE passages SET text = '\\xff' WHERE place = 0", ['3 passages with a text that is none']],
    ['UPDATE passages SET start = -1 WHERE place = 0', ['3 passages with an impossible line, place or number of tokens']],
    ["UPDATE documents SET metadata = '{'", ['3 documents with metadata that are none']],
    ['DROP TABLE postings', ['The table postings is missing']],
  ])('after %s finds %j', async (sql, problems) => {
    const address = await made()
    await server().db.exec(`SET search_path = ${schemaOf(address)}, public; ${sql}; RESET search_path`)

    expect((await checkPostgresIndex(address)).problems).toEqual(problems)
  })
})
