import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { checkIndex } from '../../src/stores/sqlite/checkIndex.ts'
import { type RunOptions, buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

/** For who may do everything a write-protected file is none. */
const somebody: RunOptions = { unprivileged: process.getuid?.() === 0 }

interface Place {
  readonly folder: string
  readonly docs: string
  readonly index: string
}

/** An index of three files, and one file more that it does not have yet. */
async function makeIndex(): Promise<Place> {
  const folder = temporaryFolder()
  const docs = join(folder, 'docs')
  const index = join(folder, 'kept', 'docs.sqlite')
  mkdirSync(docs)
  for (const name of ['a', 'b', 'c']) writeFileSync(join(docs, `${name}.txt`), `The apple of ${name}. `.repeat(50))
  const { code } = await runRiffle(['index', '--data', docs, '--index', index])
  expect(code).toBe(0)
  writeFileSync(join(docs, 'd.txt'), 'The apple of d.')
  writeFileSync(join(folder, 'questions.txt'), 'Which apple?\n')
  writeFileSync(join(folder, 'queries.jsonl'), '{"id": "1", "text": "apple"}\n')
  writeFileSync(join(folder, 'qrels.tsv'), '1\tdocs/a.txt\t1\n')
  return { folder, docs, index }
}

const readers = ['ask', 'search', 'eval', 'batch'] as const
type Name = 'index' | (typeof readers)[number]

async function run(name: Name, { folder, docs, index }: Place, options: RunOptions = {}) {
  const home = temporaryFolder()
  const out = join(folder, `out-${Math.random()}.jsonl`)
  const args: Record<Name, string[]> = {
    index: ['index', '--data', docs, '--index', index],
    ask: ['ask', 'Which apple?', '--index', index, '--model', 'extractive'],
    search: ['search', 'apple', '--index', index],
    eval: ['eval', '--qrels', join(folder, 'qrels.tsv'), '--queries', join(folder, 'queries.jsonl'), '--index', index],
    batch: ['batch', join(folder, 'questions.txt'), '--index', index, '--out', out, '--model', 'extractive'],
  }
  const { code, stderr } = await runRiffle(args[name], { env: { HOME: home }, ...options })
  const errors = stderr.split('\n').filter((line) => line.startsWith('riffle:'))
  expect(stderr).not.toMatch(/^ +at |Error:|unexpected;/m)
  return { code, errors }
}

const contentOf = (path: string) => {
  const { problems, files, documents, passages } = checkIndex(path)
  return { problems, files, documents, passages }
}
const whole = { problems: [], files: 3, documents: 3, passages: 3 }

describe('a file that is no index of this version', () => {
  const newer = (path: string) => {
    const database = new DatabaseSync(path)
    database.exec("UPDATE configuration SET value = '99' WHERE name = 'version'")
    database.close()
  }
  const foreign = (path: string) => {
    rmSync(path)
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE contacts (name TEXT)')
    database.close()
  }
  const folder = (path: string) => {
    rmSync(path)
    mkdirSync(path)
  }
  it.each<[string, (path: string) => void, RegExp]>([
    ['a newer format', newer, /has format 99, this version of Riffle reads format \d+\. Build it again\.$/],
    ['another database', foreign, /it is a database of another program\. Name another file\.$/],
    ['a text', (path) => writeFileSync(path, 'My notes, not an index.\n'.repeat(50)), /it is no index, but a file of another kind, or its beginning is damaged\.$/],
    ['cut off after a page', (path) => truncateSync(path, 4096), /it is damaged, .*Build it again\.$/],
    ['cut off in its head', (path) => truncateSync(path, 60), /it is (damaged|no index)/],
    ['a folder', folder, /it is a folder\.$/],
  ])('%s: every command says so in one line, and leaves it as it is', async (_, change, line) => {
    const place = await makeIndex()
    change(place.index)
    const before = statSync(place.index).isFile() ? readFileSync(place.index) : undefined

    for (const name of ['index', ...readers] as const) {
      expect({ name, ...(await run(name, place)) }).toEqual({ name, code: 2, errors: [expect.stringMatching(line)] })
    }
    if (before !== undefined) expect(readFileSync(place.index).equals(before)).toBe(true)
  })

  it('an empty file: who only reads says so, and index makes it', async () => {
    const place = await makeIndex()
    truncateSync(place.index, 0)

    for (const name of readers) expect(await run(name, place)).toEqual({ code: 2, errors: [expect.stringMatching(/is empty\. Make it: /)] })
    expect(await run('index', place)).toEqual({ code: 0, errors: [] })
    expect(contentOf(place.index)).toEqual({ ...whole, files: 4, documents: 4, passages: 4 })
  })
})

describe('an index that cannot be written', () => {
  it.each([
    ['file', 0o444, 0o777],
    ['file and folder', 0o444, 0o555],
  ])('write-protected %s: it is read all the same, and index says why not', async (_, fileMode, folderMode) => {
    const place = await makeIndex()
    chmodSync(place.index, fileMode)
    chmodSync(join(place.folder, 'kept'), folderMode)
    onTestFinished(() => chmodSync(join(place.folder, 'kept'), 0o777))

    for (const name of readers) expect({ name, ...(await run(name, place, somebody)) }).toEqual({ name, code: 0, errors: [] })
    const { code, errors } = await run('index', place, somebody)

    expect(code).toBeGreaterThan(0)
    expect(errors).toEqual([expect.stringMatching(/it may only be read, file or folder is write-protected\.$/)])
    expect(contentOf(place.index)).toEqual(whole)
  })

  it('a new one in a write-protected folder', async () => {
    const place = await makeIndex()
    chmodSync(join(place.folder, 'kept'), 0o555)
    onTestFinished(() => chmodSync(join(place.folder, 'kept'), 0o777))

    const made = await run('index', { ...place, index: join(place.folder, 'kept', 'new.sqlite') }, somebody)

    expect(made).toEqual({ code: 2, errors: [expect.stringMatching(/it cannot be made there, the folder is write-protected\.$/)] })
  })

  it('not to be read at all', async () => {
    const place = await makeIndex()
    chmodSync(place.index, 0)

    for (const name of ['index', ...readers] as const) {
      expect({ name, ...(await run(name, place, somebody)) }).toEqual({ name, code: 2, errors: [expect.stringMatching(/permission denied\.$/)] })
    }
  })

  it('locked by another process for longer than it waits: who reads goes on, index says so', async () => {
    const place = await makeIndex()
    const other = new DatabaseSync(place.index)
    other.exec('BEGIN IMMEDIATE')
    onTestFinished(() => other.close())

    const outcomes = await Promise.all((['index', ...readers] as const).map((name) => run(name, place)))

    expect(outcomes[0]).toEqual({ code: 2, errors: [expect.stringMatching(/another process has locked it\. Is one indexing\?$/)] })
    expect(outcomes.slice(1).map(({ code }) => code)).toEqual([0, 0, 0, 0])
    other.exec('ROLLBACK')
    expect(contentOf(place.index)).toEqual(whole)
  })

  it.skipIf(process.platform === 'win32')('a full disk: what was committed stays, and the next run goes on', async () => {
    const place = await makeIndex()
    for (let number = 0; number < 200; number++) writeFileSync(join(place.docs, `more-${number}.txt`), `Line ${number} about an apple. `.repeat(300))

    // 512 bytes each, or 1024 where sh is bash: less than the index needs.
    const { code, errors } = await run('index', place, { fileBlocks: 600 })

    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringMatching(/the disk (is full|failed)/)] })
    const kept = contentOf(place.index)
    expect(kept.problems).toEqual([])
    expect(kept.documents).toBeGreaterThanOrEqual(3)
    expect(await run('index', place)).toEqual({ code: 0, errors: [] })
    expect(contentOf(place.index)).toMatchObject({ problems: [], files: 204, documents: 204 })
  })
})
