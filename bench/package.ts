// Size of the main entry, minified, without rxjs; and the time to import it, in fresh processes, in turn with rxjs alone.
//   node bench/package.ts [runs]
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { machine, median } from './machine.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const runs = Number(process.argv[2] ?? 15)
execFileSync(process.execPath, [`${root}/scripts/build.ts`, '--if-needed'], { stdio: 'inherit' })

const entries = ['riffle-rx', 'riffle-rx/node', 'riffle-rx/openai', 'riffle-rx/sqlite', 'riffle-rx/offline', 'riffle-rx/tiktoken']
console.log(`${machine()}\n${runs} runs in turn, medians\n`)
console.table(await Promise.all(entries.map(sizeOf)))
console.table(importTimes(['rxjs', ...entries]))

async function sizeOf(entry: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: root, sourcefile: 'entry.js' },
    bundle: true, splitting: true, minify: true, format: 'esm', platform: 'node', outdir: 'out', write: false, metafile: true, packages: 'external',
    // The package itself is bundled, under its own name; its dependencies are not.
    alias: { [entry]: fileURLToPath(import.meta.resolve(entry)) },
  })
  const [start = ''] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === 'entry.js') ?? []
  const atOnce = new Set([start])
  for (const path of atOnce) {
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? []) if (kind === 'import-statement' && !external) atOnce.add(next)
  }
  const sum = (chosen: typeof outputFiles) => ({
    minified: chosen.reduce((bytes, { contents }) => bytes + contents.length, 0),
    gzip: chosen.reduce((bytes, { contents }) => bytes + gzipSync(contents).length, 0),
  })
  const first = sum(outputFiles.filter(({ path }) => [...atOnce].some((name) => path.endsWith(name))))
  const later = sum(outputFiles.filter(({ path }) => ![...atOnce].some((name) => path.endsWith(name))))
  return { entry, 'minified, kB': kilobytes(first.minified), 'gzip, kB': kilobytes(first.gzip), 'loaded on first use, gzip, kB': kilobytes(later.gzip) }
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 100) / 10
}

function importTimes(names: readonly string[]) {
  const times = new Map(names.map((name): [string, number[]] => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const [name, list] of times) {
      const program = `const start = performance.now(); await import('${name}'); console.log(performance.now() - start)`
      list.push(Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' })))
    }
  }
  return [...times].map(([name, list]) => ({ import: name, 'ms, rxjs included': Math.round(median(list) * 10) / 10 }))
}
