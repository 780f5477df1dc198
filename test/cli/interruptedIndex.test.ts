import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const files = 400

function makeFolder(): string {
  const folder = temporaryFolder()
  for (let number = 0; number < files; number++) {
    const sub = join(folder, `part-${number % 7}`)
    mkdirSync(sub, { recursive: true })
    writeFileSync(join(sub, `${number}.txt`), `Report ${number}. The measured value was ${number * 17}. `.repeat(60))
  }
  return folder
}

function contents(index: string): { integrity: unknown; files: number; documents: unknown[] } {
  const database = new DatabaseSync(index)
  const integrity = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  const counted = Number(database.prepare('SELECT count(*) AS n FROM files').get()?.['n'])
  const documents = database
    .prepare('SELECT d.id, d.fingerprint, group_concat(p.text) AS text FROM documents d LEFT JOIN passages p ON p.document = d.number GROUP BY d.id ORDER BY d.id')
    .all()
  database.close()
  return { integrity, files: counted, documents }
}

/** What the index has on disk. */
function sizeOf(index: string): number {
  return [index, `${index}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0)
}

/** `signal` when the index has grown to a size: at a moment that is the same part of the work, however fast the machine. */
async function interrupt(signal: 'SIGINT' | 'SIGKILL', atBytes: number): Promise<{ code: number | null; index: string; folder: string }> {
  const folder = makeFolder()
  const index = join(temporaryFolder(), 'docs.sqlite')
  const run = runRiffle(['index', '--data', folder, '--index', index, '--verbose'], {
    onStart: (child) => {
      const watch = setInterval(() => {
        if (sizeOf(index) < atBytes) return
        clearInterval(watch)
        child.kill(signal)
      }, 1)
      child.on('close', () => clearInterval(watch))
    },
  })
  return { code: (await run).code, index, folder }
}

describe('riffle index, interrupted', () => {
  it.each([200_000, 600_000, 1_200_000])('by Ctrl-C exits with 130, leaves a whole index, and goes on (at %i bytes)', async (atBytes) => {
    const { code, index, folder } = await interrupt('SIGINT', atBytes)
    expect(code).toBe(130)

    const again = await runRiffle(['index', '--data', folder, '--index', index])
    const clean = join(temporaryFolder(), 'clean.sqlite')
    await runRiffle(['index', '--data', folder, '--index', clean])

    expect(again.code).toBe(0)
    expect(contents(index)).toEqual(contents(clean))
    expect(contents(index)).toMatchObject({ integrity: 'ok', files })
  })

  it.each([1, 100_000, 400_000, 1_000_000])('by a kill leaves a whole index, and goes on (at %i bytes)', async (atBytes) => {
    const { index, folder } = await interrupt('SIGKILL', atBytes)

    const again = await runRiffle(['index', '--data', folder, '--index', index])
    const clean = join(temporaryFolder(), 'clean.sqlite')
    await runRiffle(['index', '--data', folder, '--index', clean])

    expect(again.code).toBe(0)
    expect(contents(index)).toEqual(contents(clean))
    expect(contents(index)).toMatchObject({ integrity: 'ok', files })
  })
})
