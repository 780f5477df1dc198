// How far `riffle bench` is from what the server wrote down, what it costs, and what it holds.
//   node bench/ttft.ts [requests] [memory-requests]      default 200 of each kind, and 2000 for memory; the full memory run is 100000
// Error: time to first text here, less the time from the request's being read to the first text's being written there, which is the
// way through both kernels and the client. The bare loop is measured in the same run, turn by turn, on its own connections.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { machine, median } from './machine.ts'

const [requests = 200, memoryRequests = 2000] = process.argv.slice(2).map(Number)
const command = fileURLToPath(new URL('../bin/riffle.js', import.meta.url))
const bareClient = ['firstTexts.ts', 'bare.ts'].map((name) => fileURLToPath(new URL(`streams/${name}`, import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
const env = { PATH: process.env['PATH'] ?? '', HOME: folder }
const canPin = existsSync('/usr/bin/taskset')

interface Recorded {
  readonly requests: readonly { readonly at: number; readonly body: { readonly messages: readonly { readonly content: string }[] }; readonly writes: { readonly at: readonly number[] } }[]
}
interface Timed {
  readonly name: string
  readonly errors: readonly number[]
}

console.log(`${machine()}${canPin ? ', client and server on a core each' : ', not pinned: there is no taskset'}`)
const questions = join(folder, 'questions.txt')
writeFileSync(questions, Array.from({ length: 20_000 }, (_, number) => `Question number ${number}?\n`).join(''))

console.log(`\nError of the time to first text, ms (${requests} requests, first text after 50 ms, then 20 events at 5 ms)`)
const accuracy = await serve(['--first-delay', '50', '--delay', '5', '--tokens', '20'])
const rows = []
for (const concurrency of [1, 64]) {
  const bare = await errorsOf('bare loop', accuracy, () => bareTimes(accuracy, concurrency))
  const ours = await errorsOf('riffle bench', accuracy, () => riffleTimes(accuracy, concurrency))
  for (const { name, errors } of [bare, ours]) rows.push({ streams: concurrency, client: name, n: errors.length, p50: at(errors, 0.5).toFixed(2), p90: at(errors, 0.9).toFixed(2) })
  const limit = at(bare.errors, 0.5) * 1.3 + 0.5
  rows.push({ streams: concurrency, client: `limit ${limit.toFixed(2)}`, n: 0, p50: at(ours.errors, 0.5) <= limit ? 'met' : 'NOT met', p90: '' })
}
console.table(rows)
accuracy.close()

console.log('\nCPU for each event, 1,000 streams at once, 100 events each at 10 ms, 3,000 requests, with start and warm-up')
const many = await serve(['--first-delay', '10', '--delay', '10', '--tokens', '100'])
const cpu = { 'bare loop': await cpuOf([...bareClient, many.url, '1000', '3000', questions]), 'riffle bench': await cpuOf([command, 'bench', questions, '--base-url', many.url, '--model', 'm', '--concurrency', '1000', '--requests', '3000', '--quiet']) }
const perEvent = (ms: number) => (ms * 1000) / (4000 * 100)
console.table(Object.entries(cpu).map(([client, ms]) => ({ client, 'us an event': perEvent(ms).toFixed(2), 'beside bare': (ms / cpu['bare loop']).toFixed(2), 'at most': client === 'bare loop' ? '' : '1.5' })))
many.close()

console.log(`\nMemory of riffle bench, ${memoryRequests} requests of 500 events at no delay, 16 at once`)
const busy = await serve(['--tokens', '500'])
const child = spawn(process.execPath, [command, 'bench', questions, '--base-url', busy.url, '--model', 'm', '--concurrency', '16', '--requests', String(memoryRequests), '--out', join(folder, 'memory'), '--quiet'], { env, stdio: 'ignore' })
const resident: number[] = []
const watch = setInterval(() => {
  const found = existsSync(`/proc/${child.pid}/status`) ? /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) : null
  if (found) resident.push(Number(found[1]) / 1024)
}, 100)
const started = performance.now()
await once(child, 'close')
clearInterval(watch)
const third = Math.ceil(resident.length / 3)
console.table([{
  requests: memoryRequests, 'events a second': Math.round((memoryRequests * 500) / ((performance.now() - started) / 1000)),
  'resident MiB, first third': Math.round(median(resident.slice(0, third))), 'last third': Math.round(median(resident.slice(-third))), peak: Math.round(Math.max(...resident)),
}])
busy.close()
rmSync(folder, { recursive: true, force: true })

async function serve(script: readonly string[]): Promise<{ readonly url: string; close(): void }> {
  const server = start(1, [command, 'simulate', ...script])
  const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
  return { url, close: () => void server.kill() }
}

function start(core: number, args: readonly string[]) {
  const node = [process.execPath, ...args]
  const [program = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node
  return spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function printed(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const client = start(0, args)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) client[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  const [code] = (await once(client, 'close')) as [number]
  if (code !== 0) throw new Error(output.stderr)
  return output
}

/** Times to first text by question, from a client that has just begun with an empty record. */
async function errorsOf(name: string, { url }: { readonly url: string }, measure: () => Promise<ReadonlyMap<string, number>>): Promise<Timed> {
  await fetch(new URL('/simulator/record', url), { method: 'DELETE' })
  const times = await measure()
  const record = (await (await fetch(new URL('/simulator/record', url))).json()) as Recorded
  const written = new Map(record.requests.map(({ at: read, body, writes }) => [body.messages.at(-1)!.content, (writes.at[1]! - read) / 1e6]))
  return { name, errors: [...times].map(([question, ms]) => ms - written.get(question)!).toSorted((a, b) => a - b) }
}

async function bareTimes({ url }: { readonly url: string }, concurrency: number): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await printed([...bareClient, url, String(concurrency), String(requests), questions])
  return new Map(JSON.parse(stdout) as [string, number][])
}

async function riffleTimes({ url }: { readonly url: string }, concurrency: number): Promise<ReadonlyMap<string, number>> {
  const out = join(folder, `run-${concurrency}`)
  await printed([command, 'bench', questions, '--base-url', url, '--model', 'm', '--concurrency', String(concurrency), '--requests', String(requests), '--out', out, '--quiet'])
  const lines = readFileSync(join(out, 'requests.jsonl'), 'utf8').trim().split('\n')
  const samples = lines.map((line) => JSON.parse(line) as { type: string; number: number; times: { ttftMs: number } }).filter(({ type }) => type === 'request')
  return new Map(samples.map(({ number, times }) => [`Question number ${number}?`, times.ttftMs]))
}

async function cpuOf(args: readonly string[]): Promise<number> {
  const tell = 'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("\\ncpu "+(user+system)/1000)})'
  const { stderr } = await printed(['--import', tell, ...args])
  return Number(/cpu ([\d.]+)$/.exec(stderr)?.[1])
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))]!
}
