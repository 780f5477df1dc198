// What the scripted server can do, so that it is not what other benchmarks measure: server and client are processes of their
// own, each on a core of its own where `taskset` is there. The time of every event is recorded.
//   node bench/simulator.ts [rounds]      default 5, after one to warm up
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { startSimulator } from 'riffle-rx/simulator'
import { machine, median } from './machine.ts'

interface Case {
  readonly streams: number
  readonly tokens: number
  readonly delayMs: number
}
const cases: readonly Case[] = [
  { streams: 1, tokens: 1_000_000, delayMs: 0 },
  { streams: 64, tokens: 20_000, delayMs: 0 },
  { streams: 250, tokens: 100, delayMs: 10 },
  { streams: 500, tokens: 100, delayMs: 10 },
  { streams: 1000, tokens: 100, delayMs: 10 },
]

/** What the server says after each round. */
interface ServerReport {
  readonly cpuMs: number
  /** How much later than due events were handed to the socket, by rank. */
  readonly late: { readonly p50: number; readonly p99: number; readonly max: number }
}
interface ClientReport {
  readonly ms: number
  readonly events: number
  readonly bytes: number
}
type Child = ChildProcessByStdio<Writable, Readable, null>

const [role = '5', ...rest] = process.argv.slice(2)
if (role === 'server') await serve(JSON.parse(rest[0] ?? '') as Case)
else if (role === 'client') await count(rest[0] ?? '', Number(rest[1]))
else await compare(Number(role))

async function compare(rounds: number): Promise<void> {
  const pins = cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0
  console.log(`${machine()}\n${rounds} rounds, medians${pins ? ', server and client on a core each' : ''}\n`)
  const rows = []
  for (const asked of cases) {
    const server = start(pins ? 0 : undefined, ['server', JSON.stringify(asked)])
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
    const url = await nextLine(lines)
    const results: (ServerReport & ClientReport)[] = []
    for (let round = 0; round <= rounds; round++) {
      const client = start(pins ? 1 : undefined, ['client', url, String(asked.streams)])
      const counted = JSON.parse(await nextLine(createInterface({ input: client.stdout })[Symbol.asyncIterator]())) as ClientReport
      server.stdin.write('\n')
      const told = JSON.parse(await nextLine(lines)) as ServerReport
      if (counted.events !== asked.streams * (asked.tokens + 3)) throw new Error(`Expected ${asked.streams * (asked.tokens + 3)} events, got ${counted.events}`)
      if (round > 0) results.push({ ...counted, ...told })
    }
    server.stdin.end()
    const of = (value: (result: ServerReport & ClientReport) => number) => median(results.map(value))
    rows.push({
      streams: asked.streams, events: asked.tokens + 3, 'delay ms': asked.delayMs,
      seconds: (of(({ ms }) => ms) / 1000).toFixed(2),
      'events/s': Math.round(of(({ events, ms }) => (events / ms) * 1000)),
      'MB/s': Math.round(of(({ bytes, ms }) => bytes / ms / 1000)),
      'server us of CPU per event': of(({ cpuMs, events }) => (cpuMs * 1000) / events).toFixed(2),
      'server core used': `${(of(({ cpuMs, ms }) => cpuMs / ms) * 100).toFixed(0)} %`,
      // Without a delay all is due at once, and what is late is what the client had not taken.
      'late ms, p50': asked.delayMs === 0 ? '' : of(({ late }) => late.p50).toFixed(1),
      'p99': asked.delayMs === 0 ? '' : of(({ late }) => late.p99).toFixed(1),
      'max': asked.delayMs === 0 ? '' : of(({ late }) => late.max).toFixed(1),
    })
  }
  console.table(rows)
}

function start(core: number | undefined, args: readonly string[]): Child {
  const command = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), ...args]
  const [file = '', ...words] = core === undefined ? command : ['taskset', '-c', String(core), ...command]
  return spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next()
  if (done === true) throw new Error('Expected a line, got the end')
  return value
}

/** Prints its base URL, then a report for each line that it reads. */
async function serve({ tokens, delayMs }: Case): Promise<void> {
  const simulator = await startSimulator({ script: { tokens, delayMs } })
  console.log(simulator.url)
  let before = process.cpuUsage()
  for await (const _ of createInterface({ input: process.stdin })) {
    const { user, system } = process.cpuUsage(before)
    const late = simulator.record.requests.flatMap(({ at, writes }) => [...writes].map((write, index) => (write.at - at) / 1e6 - Math.max(0, index - 1) * delayMs))
    const sorted = Float64Array.from(late).toSorted()
    const rank = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
    await fetch(new URL('/simulator/record', simulator.url), { method: 'DELETE' })
    const report: ServerReport = { cpuMs: (user + system) / 1000, late: { p50: rank(0.5), p99: rank(0.99), max: rank(1) } }
    console.log(JSON.stringify(report))
    before = process.cpuUsage()
  }
  await simulator.close()
}

/** Connects so many sockets, asks on all of them at once, and only counts what comes. */
async function count(url: string, streams: number): Promise<void> {
  const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Why?' }] })
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: simulator\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const sockets = Array.from({ length: streams }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const started = performance.now()
  let events = 0
  let bytes = 0
  let open = streams
  for (const socket of sockets) {
    let tail = ''
    socket.on('data', (data: Buffer) => {
      bytes += data.length
      // An event that ends between two pieces.
      if (tail.endsWith('\n') && !tail.endsWith('\n\n') && data[0] === 10) events++
      for (let at = data.indexOf('\n\n'); at !== -1; at = data.indexOf('\n\n', at + 2)) events++
      tail = (tail + data.toString('latin1', Math.max(0, data.length - 5))).slice(-5)
      if (tail !== '0\r\n\r\n') return
      socket.destroy()
      if (--open > 0) return
      console.log(JSON.stringify({ ms: performance.now() - started, events, bytes } satisfies ClientReport))
    })
    socket.write(request)
  }
}
