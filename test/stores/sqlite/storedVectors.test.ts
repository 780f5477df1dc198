import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import * as fc from 'fast-check'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { hasChangeLog } from '../../../src/stores/sqlite/schema.ts'
import { type SqliteStore, sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { createStoredVectors } from '../../../src/stores/sqlite/storedVectors.ts'
import { embeddedPassage } from '../../support/passage.ts'
import { storedDocument } from '../../support/storedDocument.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

const indexPath = () => join(temporaryFolder(), 'index.sqlite')
const put = (store: SqliteStore, id: string, embeddings: readonly (readonly number[])[]) =>
  firstValueFrom(
    store.upsert(storedDocument(id), embeddings.map((numbers, place) => embeddedPassage(`text ${place} of ${id}`, [...numbers], { id: `${id}#${place}`, documentId: id, start: place * 100 }))),
  )
const nearest = async (store: SqliteStore, numbers: readonly number[] = [1, 0]) => {
  const found = await firstValueFrom(store.search({ text: '', embedding: Float32Array.from(numbers), retrieval: 'vector', topK: 100 }))
  return found.map(({ id, score }) => ({ id, score }))
}
const change = (path: string, sql: string) => {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}
const withoutLog = `DROP TABLE embedding_changes; DROP TRIGGER embedding_after_insert; DROP TRIGGER embedding_after_update; DROP TRIGGER embedding_after_delete`
const hasLog = (path: string) => {
  const database = new DatabaseSync(path, { readOnly: true })
  const has = hasChangeLog(database)
  database.close()
  return has
}

/** What a process that stays has in memory, with a count of the embeddings that were read for it. */
function watched(path: string) {
  const database = new DatabaseSync(path, { readOnly: true })
  let reads = 0
  const counted = (row: unknown) => {
    if (row !== undefined && Object.hasOwn(row as object, 'embedding')) reads++
    return row
  }
  const prepare = (sql: string) => {
    const statement = database.prepare(sql)
    return {
      get: (...values: number[]) => counted(statement.get(...values)),
      all: (...values: number[]) => statement.all(...values),
      *iterate() {
        for (const row of statement.iterate()) yield counted(row)
      },
    } as unknown as StatementSync
  }
  const current = createStoredVectors(prepare, () => String(database.prepare('PRAGMA data_version').get()?.['data_version']))
  return {
    close: () => database.close(),
    /** How many are read, and how many are there then. */
    look() {
      reads = 0
      const { size } = current()
      return { reads, size }
    },
  }
}

describe('the vectors of an index', () => {
  it('are read once, and then only those of which somebody changed something', async () => {
    const path = indexPath()
    const writer = sqliteStore(path)
    for (let number = 0; number < 50; number++) await put(writer, `d${number}`, [[1, number], [number, 1]])
    const reader = watched(path)

    expect(reader.look()).toEqual({ reads: 100, size: 100 })
    expect(reader.look()).toEqual({ reads: 0, size: 100 })
    await put(writer, 'd7', [[3, 4]])
    expect(reader.look()).toEqual({ reads: 1, size: 99 })
    await put(writer, 'words only', [])
    await firstValueFrom(writer.remove(['d8', 'd9']))
    expect(reader.look()).toEqual({ reads: 0, size: 95 })
    change(path, 'UPDATE embeddings SET embedding = embedding WHERE passage = 1')
    expect(reader.look()).toEqual({ reads: 1, size: 95 })
    reader.close()
    writer.close()
  })

  it('are all read again when too much was missed, of which the index keeps a limited log', async () => {
    const path = indexPath()
    const writer = sqliteStore(path)
    for (let number = 0; number < 5; number++) await put(writer, `d${number}`, [[1, number]])
    const reader = watched(path)
    reader.look()
    change(path, 'UPDATE embedding_changes SET change = change + 70000 WHERE change > 3')
    await put(writer, 'more', [[0, 1]])

    expect(reader.look()).toEqual({ reads: 6, size: 6 })
    const rows = new DatabaseSync(path, { readOnly: true }).prepare('SELECT change FROM embedding_changes').all()
    expect(rows.map((row) => row['change'])).toEqual([70_004, 70_005, 70_006])
    reader.close()
    writer.close()
  })

  it('are the same for who stays and for who comes, after any changes by another', async () => {
    const numbers = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }), { maxLength: 3 })
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), embeddings: fc.option(numbers), looks: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const path = indexPath()
        const [writer, stays] = [sqliteStore(path), sqliteStore(path)]
        for (const { id, embeddings, looks } of steps) {
          if (embeddings === null) await firstValueFrom(writer.remove([id]))
          else await put(writer, id, embeddings)
          if (looks) await nearest(stays)
        }
        const comes = sqliteStore(path)
        expect(await nearest(stays)).toEqual(await nearest(comes))
        expect(await nearest(writer)).toEqual(await nearest(comes))
        for (const store of [writer, stays, comes]) store.close()
      }),
      { numRuns: 40 },
    )
  })

  it('are those of the last commit while another writes, with the passages of the same one', async () => {
    const path = indexPath()
    const store = sqliteStore(path)
    await put(store, 'a', [[1, 0], [0, 1]])
    const before = await nearest(store)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE; DELETE FROM embeddings WHERE passage = 1; DELETE FROM passages WHERE number = 1')

    expect(await nearest(store)).toEqual(before)
    other.exec('ROLLBACK; BEGIN IMMEDIATE; DELETE FROM embeddings WHERE passage = 2; DELETE FROM passages WHERE number = 2')
    expect(await nearest(store)).toEqual(before)
    other.exec('COMMIT')
    expect(await nearest(store)).toEqual([{ id: 'a#0', score: 1 }])
    other.close()
    store.close()
  })

  it('of an index without a log of changes are found, and all read again after a change', async () => {
    const path = indexPath()
    const writer = sqliteStore(path)
    await put(writer, 'a', [[1, 0]])
    await put(writer, 'b', [[0, 1]])
    writer.close()
    change(path, withoutLog)
    const reader = watched(path)

    expect(reader.look()).toEqual({ reads: 2, size: 2 })
    change(path, 'DELETE FROM embeddings WHERE passage = 2')
    expect(reader.look()).toEqual({ reads: 1, size: 1 })

    // Whoever only reads leaves the file as it is; whoever writes adds the log, which a reader then follows.
    const readsOnly = sqliteStore(path)
    expect(await nearest(readsOnly)).toEqual([{ id: 'a#0', score: 1 }])
    expect(hasLog(path)).toBe(false)
    const again = sqliteStore(path, { configuration: {} })
    expect(hasLog(path)).toBe(true)
    await put(again, 'c', [[1, 1]])
    expect(reader.look()).toEqual({ reads: 2, size: 2 })
    await put(again, 'd', [[1, 2]])
    expect(reader.look()).toEqual({ reads: 1, size: 3 })
    expect(await nearest(readsOnly)).toHaveLength(3)
    for (const store of [readsOnly, again, reader]) store.close()
  })

  it('of a write-protected index without a log are found', async () => {
    const path = indexPath()
    const writer = sqliteStore(path)
    await put(writer, 'a', [[1, 0]])
    writer.close()
    change(path, `${withoutLog}; PRAGMA journal_mode = DELETE`)
    const reader = watched(`file:${path}?immutable=1`)

    expect(reader.look()).toEqual({ reads: 1, size: 1 })
    expect(reader.look()).toEqual({ reads: 0, size: 1 })
    expect(hasLog(path)).toBe(false)
    reader.close()
  })
})
