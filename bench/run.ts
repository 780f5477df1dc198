// Runs the benchmarks and writes what they print into docs/benchmarks.md. It takes some minutes; nothing else should run.
//   node bench/run.ts [part …]      package, startup, ingestMemory, ingest (ten minutes), firstText, split, sinks, backPressure (two minutes), bm25 (two minutes), vectors (ten minutes, 4 GB), decode, closing, simulator, modes, json, serve, ttft; the others keep their section
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const parts: Readonly<Record<string, string>> = {
  package: 'Size of the package, and time to import it',
  startup: 'Time to the first text of the command',
  ingestMemory: 'Memory and speed of indexing',
  ingest: 'From files to an index, beside LangChain.js and LlamaIndexTS',
  firstText: 'From a question to the first text, beside LangChain.js and LlamaIndexTS',
  split: 'Splitting with exact token counts',
  sinks: 'CPU per chunk of sinks',
  backPressure: 'Back-pressure from a slow sink to the server',
  bm25: 'Search by words over 100,000 passages',
  vectors: 'Search by vectors, and by both, over 10,000 and 100,000 passages',
  decode: 'Decoding event streams and chat completions',
  streams: 'The streaming chain beside a bare loop and other clients',
  batch: 'Batch: rows a second and memory',
  closing: 'Time from leaving an answer to its socket closed',
  simulator: 'The scripted server, at its limit and with delays',
  modes: 'Calls of a response mode, at once',
  json: 'Reading an object while it streams',
  serve: 'The server beside a bare handler, and clients that never read',
  ttft: 'riffle bench: its error, its cost, its memory',
}
const head =
  '# Benchmarks\n\nWritten by `node bench/run.ts`; each part can be run alone. The first line of each output is the machine. ' +
  'Times are medians, of whole processes where it says so.\n'

const path = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => parts[name] === undefined)
if (unknown.length > 0) throw new Error(`Expected ${Object.keys(parts).join(', ')}, got ${unknown.join(', ')}`)

const sections = Object.entries(parts).map(([name, title]) => {
  const heading = `## ${title}\n`
  if (asked.length > 0 && !asked.includes(name)) return sectionOf(heading)
  console.error(`node bench/${name}.ts …`)
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const printed = execFileSync(process.execPath, [script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return `${heading}\n\`node bench/${name}.ts\`\n\n\`\`\`text\n${printed.trim()}\n\`\`\`\n`
})
writeFileSync(path, [head, ...sections].filter((section) => section !== '').join('\n'))

/** What the file holds already. */
function sectionOf(heading: string): string {
  const start = before.indexOf(heading)
  if (start === -1) return ''
  const end = before.indexOf('\n## ', start + heading.length)
  return `${before.slice(start, end === -1 ? undefined : end).trimEnd()}\n`
}
