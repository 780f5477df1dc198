import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { passagesOf, storedDocument } from '../../support/storedDocument.ts'
import { randomNumbers } from '../../support/fillerText.ts'
import { kill, startWriter } from '../../support/killable.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

const program = fileURLToPath(new URL('../../support/endlessWriter.ts', import.meta.url))

/** What is wrong with an index, by its own checks and by what each document says of itself. */
function faultsOf(path: string): unknown[] {
  const database = new DatabaseSync(path)
  const check = database.prepare('PRAGMA integrity_check').all().map((row) => row['integrity_check']).filter((line) => line !== 'ok')
  database.exec("INSERT INTO terms (terms, rank) VALUES ('integrity-check', 1)")
  const halves = database
    .prepare(
      `SELECT d.id, d.fingerprint, count(p.number) AS passages, count(e.passage) AS embeddings, count(t.id) AS terms,
         sum(p.text LIKE 'version ' || d.fingerprint || ' %') AS fitting
       FROM documents d LEFT JOIN passages p ON p.document = d.number LEFT JOIN embeddings e ON e.passage = p.number
         LEFT JOIN terms_docsize t ON t.id = p.number
       GROUP BY d.number`,
    )
    .all()
    .filter(({ fingerprint, ...counts }) => {
      const whole = Number(String(fingerprint).split('/')[1])
      return [counts['passages'], counts['embeddings'], counts['terms'], counts['fitting']].some((count) => count !== whole)
    })
  const orphans = database
    .prepare(
      `SELECT 'passage' AS orphan, number FROM passages WHERE document NOT IN (SELECT number FROM documents)
       UNION ALL SELECT 'embedding', passage FROM embeddings WHERE passage NOT IN (SELECT number FROM passages)
       UNION ALL SELECT 'terms', id FROM terms_docsize WHERE id NOT IN (SELECT number FROM passages)`,
    )
    .all()
  database.close()
  return [...check, ...halves, ...orphans]
}

describe('an index whose writer was killed', () => {
  it('is whole: every document is there with all of its passages, terms and embeddings, or not at all', async () => {
    const path = join(temporaryFolder(), 'index.sqlite')
    const random = randomNumbers(1)
    for (let seed = 1; seed <= 20; seed++) {
      const writer = await startWriter(program, path, seed)
      await pause(random() * 60)
      await kill(writer)

      const store = sqliteStore(path)
      const { documents, passages } = await firstValueFrom(store.stats())
      const found = await firstValueFrom(store.search({ text: 'version', topK: 5, embedding: Float32Array.of(1, 1, 1) }))
      store.close()
      expect({ seed, faults: faultsOf(path) }).toEqual({ seed, faults: [] })
      expect(documents).toBeGreaterThan(0)
      expect(found).toHaveLength(Math.min(5, passages))
    }
  })
})

describe('an index with two writing processes', () => {
  it('takes the documents of both, whole, while a third reads whole documents only', async () => {
    const path = join(temporaryFolder(), 'index.sqlite')
    const writers = [await startWriter(program, path, 1), await startWriter(program, path, 2)]
    const store = sqliteStore(path)
    for (let round = 0; round < 30; round++) {
      await firstValueFrom(store.upsert(storedDocument(`mine${round}`), passagesOf(`mine${round}`, ['mine alone'])))
      const found = await firstValueFrom(store.search({ text: 'version filler words', topK: 20, embedding: Float32Array.of(1, 1, 1) }))
      expect(found.length).toBeGreaterThan(0)
      await pause(5)
    }
    await Promise.all(writers.map(kill))

    const mine = await firstValueFrom(store.search({ text: 'mine', topK: 100 }))
    expect(mine).toHaveLength(30)
    await firstValueFrom(store.remove(mine.map(({ documentId }) => documentId)))
    store.close()
    expect(faultsOf(path)).toEqual([])
  })

  it('can be made by several at once', async () => {
    const path = join(temporaryFolder(), 'index.sqlite')

    const writers = await Promise.all([1, 2, 3, 4].map((seed) => startWriter(program, path, seed)))

    await Promise.all(writers.map(kill))
    expect(faultsOf(path)).toEqual([])
  })
})
