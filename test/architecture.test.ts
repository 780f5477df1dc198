import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A line of the table in AGENTS.md: our folders, and packages; `node:` stands for everything of Node. */
interface Allowed {
  readonly ours: readonly string[]
  readonly packages: readonly string[]
}
const basis = ['types', 'errors', 'internal']
const parserLibraries = ['chardet', 'csv-parse', 'fflate', 'htmlparser2', 'iconv-lite', 'mammoth', 'unpdf', 'yaml']
const table: Readonly<Record<string, Allowed>> = {
  types: { ours: ['types', 'errors'], packages: ['rxjs'] },
  errors: { ours: ['types'], packages: [] },
  internal: { ours: basis, packages: ['rxjs', 'node:'] },
  policies: { ours: [...basis, 'policies'], packages: ['rxjs'] },
  wire: { ours: [...basis, 'policies', 'wire'], packages: ['rxjs', 'node:', 'undici'] },
  parsers: { ours: [...basis, 'parsers'], packages: ['node:', ...parserLibraries] },
  sources: { ours: [...basis, 'policies', 'parsers', 'sources'], packages: ['rxjs', 'node:', 'picomatch'] },
  operators: { ours: [...basis, 'policies', 'operators', 'sources/pullMap.ts', 'parsers/parseFile.ts'], packages: ['rxjs'] },
  sinks: { ours: [...basis, 'policies', 'sinks', 'sources/pullMap.ts'], packages: ['rxjs', 'node:'] },
  models: { ours: [...basis, 'policies', 'wire', 'models'], packages: ['rxjs', 'node:', 'openai', 'tiktoken', 'undici'] },
  modes: { ours: [...basis, 'modes'], packages: ['rxjs', 'ajv'] },
  stores: { ours: [...basis, 'stores'], packages: ['rxjs', 'node:', 'pg'] },
  simulator: { ours: ['types', 'errors', 'internal/random.ts', 'simulator'], packages: ['node:'] },
  pipelines: { ours: [...basis, 'policies', 'parsers', 'sources', 'operators', 'sinks', 'pipelines'], packages: ['rxjs'] },
  benchmark: { ours: [...basis, 'policies', 'operators', 'pipelines', 'sources/pullMap.ts', 'benchmark'], packages: ['rxjs', 'node:'] },
  server: { ours: [...basis, 'policies', 'operators', 'sinks', 'pipelines', 'server'], packages: ['rxjs', 'node:', 'ws'] },
  page: { ours: ['types', 'internal/harmlessText.ts', 'page'], packages: [] },
  evaluation: { ours: [...basis, 'evaluation'], packages: ['node:'] },
  cli: { ours: ['types', 'errors', 'internal', 'policies', 'wire', 'parsers', 'sources', 'operators', 'sinks', 'models', 'modes', 'stores', 'simulator', 'pipelines', 'benchmark', 'evaluation', 'server', 'cli'], packages: ['rxjs', 'node:', 'yargs'] },
  // Entry points: named re-exports of anything but the command.
  entry: { ours: ['types', 'errors', 'internal', 'policies', 'wire', 'parsers', 'sources', 'operators', 'sinks', 'models', 'modes', 'stores', 'simulator', 'pipelines', 'server'], packages: [] },
}

interface Import {
  readonly target: string
  /** Erased before the program runs. */
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

function filesBelow(folder: string, ends: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ends.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
}

/** The file without its comments; strings stay as they are. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}

function importsOf(file: string): Import[] {
  const code = codeOf(file)
  const named = /^(?:import|export)\s+(type\s+)?[\w\s{},*]*?\bfrom\s+'([^'\n]+)'|^import\s+'([^'\n]+)'/gm
  const fixed = Array.from(code.matchAll(named), ([, type, target, bare]) => ({ target: target ?? bare ?? '', typeOnly: type !== undefined, dynamic: false }))
  // `import('x').Name` names a type; `await import('x')` and `require('x')` load.
  const dynamic = Array.from(code.matchAll(/(typeof\s+)?\bimport\('([^'\n]+)'\)(\.[A-Z])?/g), ([, type, target = '', member]) => (
    { target, typeOnly: type !== undefined || member !== undefined, dynamic: true }))
  const required = Array.from(code.matchAll(/\b(?:createRequire\([^()]*\)|require)\('([^'\n]+)'\)/g), ([, target = '']) => ({ target, typeOnly: false, dynamic: true }))
  return [...fixed, ...dynamic, ...required]
}

/** `src/operators/embed.ts` -> `operators/embed.ts`; packages stay as they are. */
function resolved(file: string, target: string): string {
  return target.startsWith('.') ? relative('src', join(dirname(file), target)) : target
}

function folderOf(path: string): string {
  if (path === 'errors.ts') return 'errors'
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'entry'
}

function isAllowed({ ours, packages }: Allowed, target: string, isOurs: boolean): boolean {
  if (isOurs) return ours.includes(target) || ours.includes(folderOf(target))
  return packages.some((name) => target === name || (name === 'node:' && target.startsWith(name)) || target.startsWith(`${name}/`))
}

const sources = filesBelow('src', /\.ts$/)

describe('the sources', () => {
  it('are found, with their imports', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(importsOf('src/operators/embed.ts')).toContainEqual({ target: 'rxjs', typeOnly: false, dynamic: false })
    expect(importsOf('src/operators/embed.ts')).toContainEqual({ target: '../types/ports.ts', typeOnly: true, dynamic: false })
    expect(importsOf('src/index.ts').map(({ target }) => target)).toContain('./errors.ts')
    expect(importsOf('src/parsers/frontMatter.ts')).toContainEqual({ target: 'yaml', typeOnly: false, dynamic: true })
    expect(importsOf('src/cli/main.ts').length).toBeGreaterThan(0)
  })

  it.each(sources)('%s imports only what its folder may', (file) => {
    const folder = folderOf(relative('src', file))
    const allowed = table[folder]
    if (allowed === undefined) throw new Error(`The folder ${folder} has no line in the table`)

    const wrong = importsOf(file).filter(({ target }) => !isAllowed(allowed, resolved(file, target), target.startsWith('.')))

    expect(wrong.map(({ target }) => target)).toEqual([])
  })

  it('are types alone in src/types', () => {
    const running = sources.filter((file) => file.startsWith('src/types/') && importsOf(file).some(({ typeOnly }) => !typeOnly))
    const values = sources.filter((file) => file.startsWith('src/types/') && /^export (?!type|interface)/m.test(codeOf(file)))

    expect([...running, ...values]).toEqual([])
  })

  it.each([
    ['reads the environment', /process\.env|process\[/, ['src/cli/environment.ts']],
    ['prints to a console', /\bconsole\./, []],
    ['ends the process', /process\.exit\b/, sources.filter((file) => file.startsWith('src/cli/'))],
    ['reads arguments', /process\.argv/, sources.filter((file) => file.startsWith('src/cli/'))],
    ['imports rxjs/operators', /['"]rxjs\/operators['"]/, []],
    ['exports a default', /\bexport default\b|\bas default\b/, []],
    ['uses any', /:\s*any\b|\bas any\b|<any>/, []],
  ] as [string, RegExp, string[]][])('no file %s, but where it belongs', (_, pattern, exceptions) => {
    expect(sources.filter((file) => pattern.test(codeOf(file)) && !exceptions.includes(file))).toEqual([])
  })

  it('are short enough to have one idea each', () => {
    expect(sources.filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 200)).toEqual([])
  })
})

describe('the main entry', () => {
  it('loads rxjs and our own files, and nothing else, until more is asked for', () => {
    const seen = new Set<string>()
    const packages = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const { target, typeOnly, dynamic } of importsOf(file)) {
        if (typeOnly || dynamic) continue
        if (target.startsWith('.')) visit(join('src', resolved(file, target)))
        else packages.add(target)
      }
    }
    visit('src/index.ts')

    expect([...packages]).toEqual(['rxjs'])
  })
})

describe('examples and benchmarks', () => {
  const users = [...filesBelow('examples', /\.ts$/), ...filesBelow('bench', /\.ts$/)]
  const entries = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Record<string, unknown> }).exports)
  const ours = new Set(entries.map((entry) => entry.replace(/^\./, 'riffle-rx')))

  it.each(users)('%s imports by package name', (file) => {
    const wrong = importsOf(file).filter(({ target }) => {
      if (target.startsWith('./') && dirname(file) === 'bench') return false
      return target.startsWith('.') || target.startsWith('/') || (target.startsWith('riffle-rx') && !ours.has(target))
    })

    expect(wrong.map(({ target }) => target)).toEqual([])
  })
})
