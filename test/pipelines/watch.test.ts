import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Subject, defer, lastValueFrom, takeUntil, tap, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { hashed } from '../../src/models/hashed.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import { watch } from '../../src/pipelines/watch.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { type ChangedFiles, watchFiles } from '../../src/sources/watchFiles.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { checkIndex } from '../../src/stores/sqlite/checkIndex.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import type { Embedder } from '../../src/types/ports.ts'
import { indexContent } from '../support/indexContent.ts'
import { lineFile, lineParser } from '../support/lineFile.ts'
import { changeAtRandom, versionedText } from '../support/randomChanges.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'

/** `RIFFLE_CHANGES=1000 RIFFLE_CHANGES_MS=10000` is the whole of it. */
const changes = Number(process.env['RIFFLE_CHANGES'] ?? 150)
const changesMs = Number(process.env['RIFFLE_CHANGES_MS'] ?? 1500)
const splitting = { passageTokens: 64, overlapTokens: 0 }

async function cleanContent(folder: string) {
  const place = mkdtempSync(join(tmpdir(), 'riffle-clean-'))
  const path = join(place, 'index.sqlite')
  const store = sqliteStore(path)
  await lastValueFrom(ingest(filesIn(folder), { ...splitting, store }))
  store.close()
  const content = indexContent(path)
  rmSync(place, { recursive: true })
  return content
}

async function startReader(path: string): Promise<() => Promise<{ searches: number; passages: number; wrong: string[] }>> {
  const program = fileURLToPath(new URL('../support/versionReader.ts', import.meta.url))
  const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await once(child, 'close')
    return JSON.parse(printed.split('\n')[1] ?? '') as { searches: number; passages: number; wrong: string[] }
  }
}

describe('watch', () => {
  it.each([1, 2])('keeps an index equal to a folder that changes all the time, and readers see one version of a document (seed %i)', async (seed) => {
    const folder = temporaryFolder()
    const path = join(temporaryFolder(), 'index.sqlite')
    const store = sqliteStore(path)
    const end = new Subject<void>()
    const runs = { whole: 0, partial: 0 }
    // Only what was heard counts: nothing is listed anew because it is time to.
    const watching = lastValueFrom(
      watch(watchFiles(folder, { rescanMs: Infinity, debounceMs: 50 }), { ...splitting, store }).pipe(
        tap((event) => event.type === 'watching' && runs[event.whole ? 'whole' : 'partial']++),
        takeUntil(end),
      ),
      { defaultValue: undefined },
    )
    const stopReader = await startReader(path)

    await changeAtRandom(folder, changes, changesMs, seed)
    const clean = await cleanContent(folder)
    for (let round = 0; round < 100 && JSON.stringify(indexContent(path)) !== JSON.stringify(clean); round++) await pause(100)
    end.next()
    await watching
    store.close()
    const read = await stopReader()

    expect(indexContent(path)).toEqual(clean)
    expect(checkIndex(path).problems).toEqual([])
    expect(clean.documents.length).toBeGreaterThan(5)
    expect(read).toMatchObject({ wrong: [] })
    expect(read.passages).toBeGreaterThan(read.searches)
    expect(runs.partial).toBeGreaterThan(1)
    if (process.env['RIFFLE_CHANGES'] !== undefined) process.stderr.write(`${JSON.stringify({ changes, changesMs, documents: clean.documents.length, ...runs, ...read })}\n`)
  }, 60_000 + changesMs)

  it('tells of each run where it begins and ends, and repeats one that failed with what may pass', async () => {
    const files = [lineFile('a', { 1: 'apple' })]
    const changes: ChangedFiles = { whole: true, roots: ['/docs'], async *[Symbol.asyncIterator]() { yield* files } }
    const embedder = hashed({ dimensions: 8 })
    let attempts = 0
    const failing: Embedder = {
      ...embedder,
      embed: (texts) => defer(() => (++attempts < 2 ? throwError(() => new ProviderError('connect', 'nobody there', { retryable: true })) : embedder.embed(texts))),
    }
    async function* once() { yield changes }

    const events = await lastValueFrom(watch(once(), { store: memoryStore(), parser: lineParser(), embedder: failing }).pipe(toArray()))

    expect(events.filter(({ type }) => type !== 'progress')).toMatchObject([
      { type: 'started', whole: true },
      { type: 'waiting', error: { code: 'connect' }, retryMs: 1000 },
      { type: 'summary', documents: 1 },
      { type: 'watching', whole: true },
    ])
  })

  it('ends with what will not pass', async () => {
    const store = memoryStore()
    store.close()
    async function* once() { yield { whole: true, async *[Symbol.asyncIterator]() {} } satisfies ChangedFiles }

    await expect(lastValueFrom(watch(once(), { store }))).rejects.toMatchObject({ code: 'closed' })
  })

  it('removes of a part only what has gone there', async () => {
    const store = memoryStore()
    const part = (ids: string[], within?: string[]): ChangedFiles => ({
      whole: within === undefined, roots: ['/docs'], ...(within !== undefined && { within }),
      async *[Symbol.asyncIterator]() { for (const id of ids) yield lineFile(id, { 1: 'apple' }) },
    })
    async function* changes() {
      yield part(['d/a', 'd/ab', 'd/b/x', 'd/c'])
      yield part([], ['docs/d/a', 'docs/d/b'])
    }

    await lastValueFrom(watch(changes(), { store, parser: lineParser() }))

    expect((await lastValueFrom(store.files())).map(({ id }) => id).toSorted()).toEqual(['docs/d/ab', 'docs/d/c'])
  })
})

it('has texts whose passages all name the version', () => {
  expect(versionedText(3, 2).match(/v3/g)).toHaveLength(2)
})
