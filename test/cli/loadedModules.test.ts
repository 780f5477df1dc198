import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from 'riffle-rx/simulator'
import { loadedBy } from '../support/loadedBy.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const ask = ['ask', 'How do I limit mergeMap?', '--data', 'examples/documents']
const within = (paths: readonly string[], ...folders: readonly string[]) => paths.filter((path) => folders.some((folder) => path.includes(folder)))
const formats = /src\/parsers\/parse(?!File)/

describe('riffle --version', () => {
  it('loads the command line, no pipeline, no rxjs and no SQLite', async () => {
    const { stdout, bundled, installed, builtins } = await loadedBy(['--version'], {})

    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
    expect(bundled).toContain('src/cli/main.ts')
    expect(within(bundled, 'rxjs', 'src/pipelines/', 'src/operators/', 'src/sinks/', 'src/stores/', 'src/models/', 'src/parsers/', 'src/cli/commands/')).toEqual([])
    expect(installed).toEqual([])
    expect(builtins).not.toContain('node:sqlite')
  })
})

describe('riffle ask, offline', () => {
  it('with a warm cache loads no installed package and no format, and of tiktoken nothing but our own counting', async () => {
    const home = temporaryFolder()
    await runRiffle(ask, { env: { HOME: home } })

    const { code, stdout, bundled, installed, builtins } = await loadedBy(ask, { HOME: home })

    expect(code).toBe(0)
    expect(stdout).toContain('mergeMap')
    expect(installed).toEqual([])
    expect(bundled.filter((path) => formats.test(path))).toEqual([])
    expect(within(bundled, 'node_modules/openai/', 'node_modules/undici/', 'node_modules/tiktoken/', 'src/wire/', 'src/models/openai', 'src/models/hashed')).toEqual([])
    expect(builtins.filter((name) => /^node:(https?|net|tls|child_process|worker_threads)$/.test(name))).toEqual([])
    expect(bundled).toEqual(expect.arrayContaining(['src/pipelines/answer.ts', 'src/models/extractive.ts']))
  })

  it('loads of the formats only those of the files that changed', async () => {
    const home = temporaryFolder()
    const folder = join(temporaryFolder(), 'notes')
    mkdirSync(folder)
    writeFileSync(join(folder, 'heron.txt'), 'The heron waits in the shallow water.')
    writeFileSync(join(folder, 'table.csv'), 'bird,food\nheron,fish\n')
    // Of a file that was written a moment ago, size and time say nothing.
    utimesSync(join(folder, 'table.csv'), 1, 1)
    const askFolder = ['ask', 'Where does the heron wait?', '--data', folder]
    const first = await loadedBy(askFolder, { HOME: home })
    writeFileSync(join(folder, 'heron.txt'), 'The heron waits under the old bridge.')

    const second = await loadedBy(askFolder, { HOME: home })

    const read = (bundled: readonly string[]) => bundled.filter((path) => formats.test(path))
    expect(read(first.bundled)).toEqual(expect.arrayContaining(['src/parsers/parseCsv.ts', 'src/parsers/parseText.ts']))
    expect(first.installed.join()).toContain('/csv-parse/')
    expect(second.stdout).toContain('under the old bridge')
    expect(read(second.bundled)).toEqual(['src/parsers/parseText.ts'])
    expect(second.installed.join()).not.toContain('/csv-parse/')
  })
})

describe('riffle ask with a server', () => {
  it('loads undici, which shows that this test sees such things, and openai only for embeddings', async () => {
    const { url, close } = await startSimulator({ script: { text: 'A number [1].' } })
    const asking = [...ask, '--base-url', url, '--model', 'm']
    const { code, bundled, installed } = await loadedBy([...asking, '--retrieval', 'bm25'], {})
    const embedding = await loadedBy([...asking, '--embedding-model', 'm'], {})
    await close()

    expect(code).toBe(0)
    expect(within([...bundled, ...installed], 'node_modules/openai/')).toEqual([])
    expect(within([...embedding.bundled, ...embedding.installed], 'node_modules/openai/')).not.toEqual([])
    expect(within([...bundled, ...installed], 'node_modules/undici/')).not.toEqual([])
  })
})
