import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { type BuildOptions, build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { logLoaded, readLoaded } from './support/loadedBy.ts'
import { link, packedProject, repository } from './support/packedProject.ts'

// The programs of README.md compile and run against the same package in test/readme.test.ts.

const project = packedProject()
const unpacked = join(project.folder, 'node_modules/riffle-rx')
const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json')
const imported = (entry: string) => `riffle-rx${entry.slice(1)}`

describe('the package', () => {
  it('holds the built code and its papers; no source, test, example or measurement', () => {
    const outside = project.packed.filter((path) => !path.startsWith('dist/'))
    const docs = readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
    expect(outside).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/riffle.js', ...docs.toSorted(), 'package.json'])
    expect(project.packed.filter((path) => /\.test\.|(^|\/)(test|bench|examples|fixtures)\//.test(path))).toEqual([])
    expect(project.packed.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([])
  })

  it('names no path of the machine that built it', () => {
    const texts = project.packed.map((path) => readFileSync(join(unpacked, path), 'utf8'))
    expect(texts.filter((text) => text.includes(repository))).toEqual([])
  })

  it.each(entries)('resolves and loads %s, with types', (entry) => {
    const target = manifest.exports[entry]
    expect(typeof target === 'object' && existsSync(join(unpacked, target.types))).toBe(true)
    const program = `const found = await import('${imported(entry)}'); console.log(import.meta.resolve('${imported(entry)}'), Object.keys(found).length)`
    const [url, count] = project.run(['--input-type=module', '-e', program]).trim().split(' ')
    expect(url).toContain('/node_modules/riffle-rx/dist/')
    expect(Number(count)).toBeGreaterThan(0)
  })

  it('keeps what is not an entry to itself', () => {
    const program = `await import('riffle-rx/dist/errors.js').catch((error) => console.log(error.code))`
    expect(project.run(['--input-type=module', '-e', program]).trim()).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('imports nothing that it does not depend on', async () => {
    const starts = readdirSync(join(unpacked, 'dist')).filter((name) => name.endsWith('.js'))
    const { metafile } = await build({
      absWorkingDir: unpacked, entryPoints: [...starts, 'cli/main.js'].map((name) => `dist/${name}`), outdir: 'out', write: false, metafile: true,
      bundle: true, packages: 'external', format: 'esm', platform: 'node', logLevel: 'silent',
    })
    const outside = Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ external }) => external).map(({ path }) => path))
    const packages = outside.filter((name) => !isBuiltin(name)).map((name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'))
    const known = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
    expect(packages).toEqual(expect.arrayContaining(['rxjs', 'openai', 'undici', 'unpdf']))
    expect([...new Set(packages)].filter((name) => !(name in known))).toEqual([])
  })

  it('has the command, which answers from a folder', () => {
    const answer = project.run(['node_modules/riffle-rx/bin/riffle.js', 'ask', 'How do I limit mergeMap?', '--data', 'examples/documents', '--quiet'])
    expect(answer).toContain('`mergeMap` takes the number of inner subscriptions')
  })

  it('says what an index in PostgreSQL needs, when that is not installed', () => {
    const riffle = join(project.folder, 'node_modules/riffle-rx/bin/riffle.js')
    const { status, stderr } = spawnSync(process.execPath, [riffle, 'search', 'x', '--index', 'postgres://me:secret@127.0.0.1:9/docs'], { cwd: project.folder, encoding: 'utf8' })
    expect([status, stderr]).toEqual([2, 'riffle: An index in PostgreSQL needs the package pg: npm install pg\n'])
  })

  it('has the demo, which finds the documents of the package and names code that is there', () => {
    const shown = project.run(['node_modules/riffle-rx/bin/riffle.js', 'demo', '--fast'])
    expect(shown).toMatch(/\[\d+\] docs\/\w+\.md:\d+/)
    expect(shown).toContain('compared with the uncut answer: equal')
    const code = Array.from(shown.matchAll(/^ {3}(dist\/.*)$/gm), ([, path]) => path)
    expect(code.length).toBeGreaterThan(0)
    expect(project.packed).toEqual(expect.arrayContaining(code))
  })
})

describe('its types', () => {
  it('compile under --strict with every library checked, all entries', () => {
    project.write('all.ts', entries.map((entry, index) => `export * as entry${index} from '${imported(entry)}'`).join('\n'))
    expect(project.compile({ types: ['node'], skipLibCheck: false })).toBe('')
  })

  it('of the main entry need no types of Node', () => {
    project.write('all.ts', `export * from 'riffle-rx'`)
    expect(project.compile({ types: [], skipLibCheck: false })).toBe('')
  })

  it('are what test/types.test.ts expects of the sources', () => {
    project.write('all.ts', readFileSync(join(repository, 'test/types.test.ts'), 'utf8'))
    for (const name of ['vitest', 'expect-type']) link(name, project.folder)
    const options = { types: ['node'], skipLibCheck: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
    expect(project.compile(options)).toBe('')
    project.write('all.ts', `import { expectTypeOf } from 'vitest'\nimport { split } from 'riffle-rx'\nexpectTypeOf(split).returns.toEqualTypeOf<string>()`)
    expect(project.compile(options)).not.toBe('')
  })
})

describe('import "riffle-rx"', () => {
  it('loads rxjs and files of the package, nothing of Node', () => {
    const log = join(project.folder, 'loaded')
    project.run(['--import', logLoaded, '--input-type=module', '-e', `await import('riffle-rx')`], { LOADED_MODULES: log })

    const loaded = readLoaded(log)
    const ours = loaded.filter((url) => url.includes('/node_modules/riffle-rx/dist/'))
    const rxjs = loaded.filter((url) => /\/node_modules\/(rxjs|tslib)\//.test(url))
    expect(ours.length).toBeGreaterThan(20)
    expect(rxjs.length).toBeGreaterThan(20)
    expect(loaded.filter((url) => !ours.includes(url) && !rxjs.includes(url) && !url.endsWith('/[eval1]'))).toEqual([])
  })

  it('has nothing of Node on its static way when it is bundled for a browser', async () => {
    const { metafile } = await build({ ...forBrowser, splitting: true, format: 'esm', outdir: join(project.folder, 'browser'), metafile: true })
    const [start] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === '<stdin>') ?? []
    const outside: string[] = []
    const onTheWay = new Set<string>()
    const follow = (path: string) => {
      if (onTheWay.has(path)) return
      onTheWay.add(path)
      for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) {
        // What a format's reader needs is imported when the first file of that format comes.
        if (kind !== 'import-statement') continue
        if (external === true) outside.push(next)
        else follow(next)
      }
    }
    follow(start ?? '')
    expect(outside).toEqual([])
    expect(onTheWay.size).toBeGreaterThan(0)
  })

  it('answers where there is nothing but what a browser has', async () => {
    const { outputFiles } = await build({ ...forBrowser, format: 'iife', write: false })
    const browser = { crypto, performance, TextEncoder, TextDecoder, setTimeout, clearTimeout, AbortController, Intl }
    const text = await new Promise((resolve, reject) => {
      runInNewContext(outputFiles?.[0]?.text ?? '', { ...browser, resolve, reject })
    })
    expect(text).toContain('waits in the shallow water')
  })
})

// Readers of file formats are loaded on first use, with the packages they stand on: these stay outside.
const forBrowser: BuildOptions = {
  stdin: {
    contents: `
      import { concatMap, lastValueFrom } from 'rxjs'
      import { answer, fromText, memoryStore, split, toCompletion, toStore } from 'riffle-rx'
      import { extractive } from 'riffle-rx/offline'
      const store = memoryStore()
      const document = { id: 'bird' }
      const stored = fromText('The heron waits in the shallow water.', document).pipe(split(), toStore(store, { document, fingerprint: '1' }))
      const completion = stored.pipe(concatMap(() => answer('Where does the heron wait?', { store, model: extractive() })), toCompletion())
      lastValueFrom(completion).then(({ text }) => globalThis.resolve?.(text), (error) => globalThis.reject?.(error))`,
    resolveDir: project.folder,
  },
  bundle: true,
  platform: 'browser',
  logLevel: 'silent',
  external: [...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), 'node:*'],
}
