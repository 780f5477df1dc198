// From a folder of files to an index that can be searched: Riffle beside LangChain.js and LlamaIndexTS.
//   node bench/ingest.ts [rounds] [files] [large files] [peers]      default 3 rounds of 1000 files of 10 kB; 10000 files for memory; `none` leaves peers out
// All split into passages of 1,024 tokens with 20 of overlap, counted exactly with o200k_base, and ask the scripted server for embeddings of 1,536 numbers, 256
// texts a request and 4 requests at once where that can be set. Riffle is the command, and writes an index on disk with words and vectors; the peers have vectors in memory.
// Every run is a process of its own, whole processes are measured, and they take turns. CPU is of all threads; it disturbs less easily than time.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastValueFrom } from 'rxjs'
import { startSimulator } from 'riffle-rx/simulator'
import { sqliteStore } from 'riffle-rx/sqlite'
import { english } from './generatedText.ts'
import { installPeers } from './installPeers.ts'
import { machine, median } from './machine.ts'

const [rounds = 3, files = 1000, largeFiles = 10_000] = process.argv.slice(2, 5).map(Number)
const withPeers = process.argv[5] !== 'none'
const bytesPerFile = 10_000
const settings = { passageTokens: 1024, overlapTokens: 20, batchSize: 256, concurrency: 4 }
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
const simulator = await startSimulator({ dimensions: 1536, maxRecordBytes: 1_000_000 })

interface Run {
  readonly ms: number
  readonly cpuMs: number
  readonly peakMB: number
  readonly serverCpuMs: number
  readonly requests: number
  readonly passages: number
}
type Ingest = (data: string) => Promise<Run>

/** What a process says of itself when it ends is the last line of its standard error. */
const tellAtExit = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();console.error(JSON.stringify({cpuMs:(user+system)/1000,peakMB:process.resourceUsage().maxRSS/1024}))})`

const ours = 'riffle index, on disk'
const ingesters: Readonly<Record<string, Ingest>> = { [ours]: riffle, ...(withPeers && peers()) }
const megabytes = (files * bytesPerFile) / 1e6
const data = generate(files)
const runs = new Map(Object.keys(ingesters).map((name): [string, Run[]] => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, ingest] of Object.entries(ingesters)) runs.get(name)!.push(await ingest(data))
}
const large = await riffle(generate(largeFiles))
await simulator.close()
rmSync(folder, { recursive: true, force: true })

console.log(`${machine()}\n${files} files, ${megabytes} MB of text, ${rounds} rounds in turn, medians of whole processes\n`)
const of = (name: string, value: (run: Run) => number) => median(runs.get(name)!.map(value))
console.table([...runs.keys()].map((name) => ({
  'from files to an index': name,
  seconds: (of(name, ({ ms }) => ms) / 1000).toFixed(1), 'MB/s': (megabytes / of(name, ({ ms }) => ms / 1000)).toFixed(2),
  'CPU s': (of(name, ({ cpuMs }) => cpuMs) / 1000).toFixed(1), 'server CPU s': (of(name, ({ serverCpuMs }) => serverCpuMs) / 1000).toFixed(1),
  passages: of(name, ({ passages }) => passages), requests: of(name, ({ requests }) => requests), 'peak MB': Math.round(of(name, ({ peakMB }) => peakMB)),
})))
const targets = [...runs.keys()].filter((name) => name !== ours).map((name) => ({
  beside: name,
  ...against('times as fast', of(name, ({ ms }) => ms) / of(ours, ({ ms }) => ms)),
  'by CPU': (of(name, ({ cpuMs }) => cpuMs) / of(ours, ({ cpuMs }) => cpuMs)).toFixed(1),
}))
if (targets.length > 0) console.table(targets)
console.log(`\nMemory of ${ours}: at most 250 MB, whatever the size`)
console.table([
  memoryOf(megabytes, of(ours, ({ peakMB }) => peakMB), of(ours, ({ ms }) => ms)),
  memoryOf((largeFiles * bytesPerFile) / 1e6, large.peakMB, large.ms),
])

function against(what: string, found: number) {
  return { [what]: found.toFixed(1), 'at least': 5, met: found >= 5 ? 'yes' : 'NO' }
}

function memoryOf(size: number, peakMB: number, ms: number) {
  return { 'MB of text': size, 'peak MB': Math.round(peakMB), 'MB/s': (size / (ms / 1000)).toFixed(2), met: peakMB <= 250 ? 'yes' : 'NO' }
}

function generate(count: number): string {
  const path = join(folder, `files-${count}`)
  mkdirSync(path)
  english(count, bytesPerFile).forEach((text, number) => writeFileSync(join(path, `${number}.txt`), text))
  return path
}

async function riffle(from: string): Promise<Run> {
  const index = join(folder, 'index.sqlite')
  const command = fileURLToPath(new URL('../bin/riffle.js', import.meta.url))
  const sizes = ['--passage-tokens', String(settings.passageTokens), '--overlap-tokens', String(settings.overlapTokens)]
  const run = await measured([command, 'index', '--data', from, '--index', index, ...sizes, '--embedding-model', 'simulated', '--base-url', simulator.url, '--quiet'])
  const store = sqliteStore(index)
  const { passages } = await lastValueFrom(store.stats())
  store.close()
  for (const end of ['', '-wal', '-shm']) rmSync(index + end, { force: true })
  return { ...run, passages }
}

function peers(): Record<string, Ingest> {
  const installed = installPeers()
  const run = (program: string, splitter: string): Ingest => async (from) => {
    const { printed, ...figures } = await measured([join(installed, program), splitter, from, simulator.url, JSON.stringify(settings)])
    return { ...figures, passages: Number(printed) }
  }
  return {
    'LangChain.js, RecursiveCharacterTextSplitter': run('langchainIngest.mjs', 'recursive'),
    'LangChain.js, TokenTextSplitter': run('langchainIngest.mjs', 'token'),
    'the same, its tokenizer replaced by WASM': run('langchainIngest.mjs', 'tokenWasm'),
    'LlamaIndexTS, SentenceSplitter': run('llamaIndexIngest.mjs', '-'),
  }
}

async function measured(args: readonly string[]) {
  const [requestsBefore, cpuBefore, started] = [simulator.record.counts.requests, process.cpuUsage(), performance.now()]
  const child = spawn(process.execPath, ['--import', tellAtExit, ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(output.stderr)
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(cpuBefore)
  const { cpuMs, peakMB } = JSON.parse(output.stderr.trim().split('\n').at(-1) ?? '') as { cpuMs: number; peakMB: number }
  return { ms, cpuMs, peakMB, serverCpuMs: (user + system) / 1000, requests: simulator.record.counts.requests - requestsBefore, printed: output.stdout }
}
