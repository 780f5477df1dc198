import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NEVER, Observable, concat, from, lastValueFrom, of, throwError, timer, map } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { RagError, SinkError } from '../../src/errors.ts'
import { openJsonl } from '../../src/sinks/openJsonl.ts'
import { type JsonlSummary, toJsonl } from '../../src/sinks/toJsonl.ts'
import { pullMap } from '../../src/sources/pullMap.ts'
import { skipDone } from '../../src/sources/skipDone.ts'
import { temporaryFolder } from '../support/runRiffle.ts'

const newPath = () => join(temporaryFolder(), 'rows.jsonl')
const rowsIn = (path: string) => readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { id: string })
const quick = { groupMs: 1 }

describe('toJsonl', () => {
  it('counts rows that are on disk, and frees the file', async () => {
    const path = newPath()
    const summary = await lastValueFrom(from([{ id: 'a', n: 1 }, { id: 'b', n: 2 }]).pipe(toJsonl(await openJsonl(path, quick))))

    expect(summary).toEqual({ written: 2, failed: 0, skipped: 0 })
    expect(rowsIn(path)).toEqual([{ id: 'a', n: 1 }, { id: 'b', n: 2 }])
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  it('writes rows with an error into the other log', async () => {
    const path = newPath()
    const failures = await openJsonl(`${path}.failed`, quick)
    const rows = from([{ id: 'a' }, { id: 'b', error: { code: 'x', message: 'y' } }])
    const summary = await lastValueFrom(rows.pipe(toJsonl(await openJsonl(path, quick), { failures })))

    expect(summary).toEqual({ written: 1, failed: 1, skipped: 0 })
    expect([rowsIn(path), rowsIn(`${path}.failed`)]).toEqual([[{ id: 'a' }], [{ id: 'b', error: { code: 'x', message: 'y' } }]])
  })

  it('leaves failed rows for the next run when there is no such log', async () => {
    const path = newPath()
    const log = await openJsonl(path, quick)
    await lastValueFrom(from([{ id: 'a' }, { id: 'b', error: 'x' }]).pipe(toJsonl(log)))
    const again = await openJsonl(path, quick)

    expect([again.has('a'), again.has('b')]).toEqual([true, false])
    await again.close()
  })

  it('passes on the error of its source once all before it is on disk', async () => {
    const path = newPath()
    const broken = new RagError('broken', 'broken')
    const failed = lastValueFrom(concat(of({ id: 'a' }), throwError(() => broken)).pipe(toJsonl(await openJsonl(path, quick))))

    await expect(failed).rejects.toBeInstanceOf(SinkError)
    await expect(failed).rejects.toMatchObject({ code: 'broken', cause: broken })
    expect(rowsIn(path)).toEqual([{ id: 'a' }])
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  it('fails when a row cannot be written, drops its source and counts only what is on disk', async () => {
    const path = newPath()
    const log = await openJsonl(path, quick)
    let dropped = false
    const endless = new Observable<{ id: string }>((subscriber) => {
      subscriber.next({ id: 'a' })
      subscriber.next({ id: 'b' })
      return () => (dropped = true)
    })
    const lost = { ...log, append: (row: { id: string }) => (row.id === 'a' ? log.append(row) : log.append({ id: 'a' }).then(() => Promise.reject(new RagError('input', 'full')))) }

    await expect(lastValueFrom(endless.pipe(toJsonl(lost)))).rejects.toMatchObject({ message: 'full', summary: { written: 1, failed: 0 } })
    expect(dropped).toBe(true)
  })

  it('writes what it was given also when it is dropped', async () => {
    const path = newPath()
    const subscription = concat(of({ id: 'a' }), NEVER).pipe(toJsonl(await openJsonl(path, { groupMs: 60_000 }))).subscribe()
    subscription.unsubscribe()

    while (existsSync(`${path}.lock`)) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(rowsIn(path)).toEqual([{ id: 'a' }])
  })

  it('is an operator from rows to a summary', async () => {
    const log = await openJsonl(newPath())
    expectTypeOf(of({ id: 'a', error: undefined }).pipe(toJsonl(log))).toEqualTypeOf<Observable<JsonlSummary>>()
    await log.close()
  })
})

describe('openJsonl', () => {
  it('knows what is in the file and what is on its way', async () => {
    const path = newPath()
    writeFileSync(path, '{"id":"a"}\n{"id":"b"}\n')
    const log = await openJsonl(path, quick)
    const written = log.append({ id: 'c' })

    expect(['a', 'b', 'c', 'd'].map((id) => log.has(id))).toEqual([true, true, true, false])
    expect(log.rows).toBe(2)
    await written
    expect(log.rows).toBe(3)
    await log.close()
  })

  it.each([
    ['a row without an id', '{"id":"a"}\n{"text":"b"}\n', ':2: expected a row with an id'],
    ['an id that is there twice', '{"id":"a"}\n{"id":"b"}\n{"id":"a"}\n', ':3: the id "a" is in line 1 already'],
    ['a line in the middle that is none', '{"id":"a"}\noops\n{"id":"b"}\n', ':2: expected a JSON object'],
  ])('refuses %s', async (_, text, problem) => {
    const path = newPath()
    writeFileSync(path, text)
    await expect(openJsonl(path)).rejects.toThrow(`${path}${problem}`)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('finds ids where they stand in another form of rows', async () => {
    const path = newPath()
    writeFileSync(path, '{"custom_id":"a"}\n')
    const log = await openJsonl(path, { idOf: (row) => row['custom_id'] })
    expect(log.has('a')).toBe(true)
    await log.close()
  })
})

describe('skipDone', () => {
  it('does every row once, however often the run is broken off', async () => {
    const path = newPath()
    const questions = Array.from({ length: 50 }, (_, number) => ({ id: `q${number}` }))
    const asked: string[] = []
    for (let run = 0; run < 20; run++) {
      const log = await openJsonl(path, quick)
      const rows = pullMap(
        skipDone(log)(questions),
        ({ id }) => {
          asked.push(id)
          if (asked.length % 7 === 6) throw new Error('a crash')
          return timer(0).pipe(map(() => ({ id })))
        },
        { concurrency: 4 },
      )
      const ended = await lastValueFrom(rows.pipe(toJsonl(log))).then(() => true, () => false)
      if (ended) break
    }
    expect(rowsIn(path).map(({ id }) => id).toSorted()).toEqual(questions.map(({ id }) => id).toSorted())
    // Again at most what was under way at each crash.
    expect(asked.length).toBeLessThanOrEqual(50 + 4 * Math.ceil(asked.length / 7))
  })

  it('counts what it leaves out, and gives nothing while the log is behind', async () => {
    const skipped: string[] = []
    let open = () => undefined as void
    const log = { skip: (id: string) => id === 'a' && skipped.push(id) > 0, hasRoom: () => new Promise<void>((resolve) => (open = resolve)) }
    const iterator = skipDone(log)([{ id: 'a' }, { id: 'b' }])[Symbol.asyncIterator]()
    let given: unknown
    const next = iterator.next().then(({ value }) => (given = value))
    await new Promise((resolve) => setImmediate(resolve))

    expect([skipped, given]).toEqual([['a'], undefined])
    open()
    await next
    expect(given).toEqual({ id: 'b' })
  })
})
