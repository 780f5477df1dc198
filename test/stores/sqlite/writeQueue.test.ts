import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { createWriteQueue } from '../../../src/stores/sqlite/writeQueue.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

/** A table, the queue before it, and how often another process saw it change. */
function opened() {
  const path = join(temporaryFolder(), 'index.sqlite')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT UNIQUE)')
  const reader = new DatabaseSync(path, { readOnly: true })
  const commits: string[] = []
  const queue = createWriteQueue(database, path, (work) => {
    try {
      return work()
    } finally {
      commits.push(reader.prepare("SELECT coalesce(group_concat(word), '') AS words FROM words").get()?.['words'] as string)
    }
  })
  const put = (word: string) => queue(() => database.prepare('INSERT INTO words VALUES (?)').run(word).changes)
  return { database, commits, put }
}

describe('the write queue', () => {
  it('commits together what was asked for in one turn, in that order', async () => {
    const { put, commits } = opened()
    expect(await Promise.all(['a', 'b', 'c'].map((word) => firstValueFrom(put(word))))).toEqual([1, 1, 1])
    expect(await firstValueFrom(put('d'))).toBe(1)
    expect(commits).toEqual(['a,b,c', 'a,b,c,d'])
  })

  it('tells that something is written only when it is', async () => {
    const { put, commits } = opened()
    const seen: number[] = []
    await Promise.all(['a', 'b'].map(async (word) => {
      await firstValueFrom(put(word))
      seen.push(commits.length)
    }))
    expect(seen).toEqual([1, 1])
  })

  it('writes the others when one fails, and fails that one alone', async () => {
    const { put, commits } = opened()
    const results = await Promise.allSettled(['a', 'a', 'b'].map((word) => firstValueFrom(put(word))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(commits.at(-1)).toBe('a,b')
  })

  it('fails all when the commit fails', async () => {
    const { database, put } = opened()
    database.exec(`PRAGMA foreign_keys = ON; CREATE TABLE parents (id INTEGER PRIMARY KEY);
      CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER orphan AFTER INSERT ON words BEGIN INSERT INTO children VALUES (1); END`)
    const results = await Promise.allSettled(['a', 'b'].map((word) => firstValueFrom(put(word))))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(database.prepare('SELECT count(*) AS n FROM words').get()).toEqual({ n: 0 })
    expect(database.isTransaction).toBe(false)
  })

  it('does not write what is dropped while it waits', async () => {
    const { put, commits } = opened()
    const kept = lastValueFrom(put('a').pipe(toArray()))
    put('b').subscribe().unsubscribe()
    await kept
    expect(commits).toEqual(['a'])
  })

  it('does not write again what the failure of another has ended', async () => {
    const { put, commits } = opened()
    await firstValueFrom(put('a'))
    const dropped = put('b').subscribe()
    await new Promise<void>((resolve) => {
      put('a').subscribe({
        error: () => {
          dropped.unsubscribe()
          resolve()
        },
      })
    })
    await firstValueFrom(put('c'))
    expect(commits.at(-1)).toBe('a,c')
  })

  it('writes thousands', async () => {
    const { put, commits } = opened()
    await Promise.all(Array.from({ length: 2000 }, (_, number) => firstValueFrom(put(String(number)))))
    expect(commits.at(-1)?.split(',')).toHaveLength(2000)
    expect(commits.length).toBeGreaterThanOrEqual(2000 / 128)
  })
})
