// Time to the first text of `riffle ask`, offline, with a warm cache, beside the least program that could do it: a bundled
// skeleton of yargs, rxjs and one FTS5 query over the same documents. Whole processes, in turn.
//   node bench/startup.ts [runs]
// Uses 1,400 abstracts of ../shared/data (Cranfield) when they are there, else 1,400 generated ones.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { machine, median } from './machine.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const runs = Number(process.argv[2] ?? 21)
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
const question = 'what is the effect of a blunt nose on the boundary layer in hypersonic flow'

execFileSync(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'], { stdio: 'inherit' })
const cranfield = join(root, '../shared/data/ir/cranfield/corpus.jsonl')
const corpus = existsSync(cranfield) ? readFileSync(cranfield, 'utf8') : generated()
const documents = corpus.trim().split('\n').map((line) => JSON.parse(line) as { title: string; text: string })

// The same documents as one JSONL file, and as a folder of 1,400 files, which has to be looked through for changes.
const jsonl = join(folder, 'corpus.jsonl')
writeFileSync(jsonl, corpus)
const many = join(folder, 'many')
mkdirSync(many)
for (const [index, { title, text }] of documents.entries()) writeFileSync(join(many, `${index}.txt`), `${title}\n\n${text}\n`)
const skeleton = await bundleSkeleton()

const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
const riffle = (data: string) => [join(root, 'bin/riffle.js'), 'ask', question, '--data', data]
const programs = {
  'empty Node': ['-e', 'process.stdout.write("x")'],
  'skeleton (yargs, rxjs, FTS5)': [skeleton, 'ask', question, '--database', join(folder, 'skeleton.sqlite')],
  'riffle ask, one file': riffle(jsonl),
  'riffle ask, 1,400 files': riffle(many),
}
const firstText: Record<string, number[]> = {}
const whole: Record<string, number[]> = {}
for (let run = -2; run < runs; run++) {
  for (const [name, args] of Object.entries(programs)) {
    const times = await timeProcess(args)
    // The first two fill the caches.
    if (run < 0) continue
    ;(firstText[name] ??= []).push(times.first)
    ;(whole[name] ??= []).push(times.whole)
  }
}
rmSync(folder, { recursive: true, force: true })

console.log(`${machine()}\n${documents.length} documents, ${runs} runs in turn, medians in ms\n`)
const base = median(firstText['skeleton (yargs, rxjs, FTS5)'] ?? [])
console.table(
  Object.keys(programs).map((program) => {
    const first = median(firstText[program] ?? [])
    return { program, 'first text': Math.round(first), 'whole process': Math.round(median(whole[program] ?? [])), ratio: (first / base).toFixed(2) }
  }),
)

function timeProcess(args: readonly string[]): Promise<{ first: number; whole: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    let first = 0
    child.stdout.on('data', () => (first ||= performance.now() - started))
    child.on('close', (code) => (code === 0 && first > 0 ? resolve({ first, whole: performance.now() - started }) : reject(new Error(`${args.join(' ')} failed`))))
  })
}

async function bundleSkeleton(): Promise<string> {
  const source = `
    import yargs from 'yargs'
    import { defer, from, map, tap, lastValueFrom } from 'rxjs'
    import { DatabaseSync } from 'node:sqlite'
    import { readFileSync } from 'node:fs'
    const { database, _: words } = await yargs(process.argv.slice(2)).option('database', { type: 'string' }).option('load', { type: 'string' })
      .command('ask <question>', 'ask', (command) => command.positional('question', { type: 'string' }), async ({ question, database, load }) => {
        const db = new DatabaseSync(database)
        if (load) {
          db.exec("CREATE VIRTUAL TABLE t USING fts5(title, text, tokenize = 'porter unicode61'); BEGIN")
          const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
          for (const line of readFileSync(load, 'utf8').trim().split('\\n')) { const { title, text } = JSON.parse(line); insert.run(title ?? '', text) }
          db.exec('COMMIT')
        }
        const match = question.split(/\\W+/).filter(Boolean).map((word) => '"' + word + '"').join(' OR ')
        const rows = defer(() => from(db.prepare('SELECT title, text FROM t WHERE t MATCH ? ORDER BY rank LIMIT 5').all(match)))
        await lastValueFrom(rows.pipe(map((row) => row.text), tap((text) => process.stdout.write(text + '\\n'))))
      }).parseAsync()
  `
  const entry = join(folder, 'skeleton.mjs')
  await build({
    stdin: { contents: source, resolveDir: root }, outfile: entry, bundle: true, format: 'esm', platform: 'node', target: 'node22', minifySyntax: true,
    minifyWhitespace: true, logLevel: 'error',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
  execFileSync(process.execPath, [entry, 'ask', question, '--database', join(folder, 'skeleton.sqlite'), '--load', jsonl], { stdio: 'ignore' })
  return entry
}

function generated(): string {
  const words = 'flow boundary layer nose blunt body shock wave pressure heat transfer hypersonic wing plate theory laminar gas effect surface'.split(' ')
  let seed = 7
  const word = () => words[(seed = (seed * 48271) % 2147483647) % words.length]!
  const sentence = (length: number) => Array.from({ length }, word).join(' ')
  const lines = Array.from({ length: 1400 }, (_, id) => JSON.stringify({ id: String(id), title: sentence(8), text: Array.from({ length: 9 }, () => `${sentence(14)}.`).join(' ') }))
  return `${lines.join('\n')}\n`
}
