import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Subject, lastValueFrom, takeUntil, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ingest } from '../../src/pipelines/ingest.ts'
import { watch } from '../../src/pipelines/watch.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { watchFiles } from '../../src/sources/watchFiles.ts'
import { checkIndex } from '../../src/stores/sqlite/checkIndex.ts'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'
import { indexContent } from '../support/indexContent.ts'
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
})

it('has texts whose passages all name the version', () => {
  expect(versionedText(3, 2).match(/v3/g)).toHaveLength(2)
})
