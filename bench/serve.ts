// What our server costs beside a bare handler that forwards the same model stream, and what clients that never read cost.
//   node bench/serve.ts [repeats]      default 5
// Model and client share the second core, the servers the first; they take turns. Figures are medians.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type IncomingMessage, get } from 'node:http'
import { type Socket, connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { machine, median } from './machine.ts'

const repeats = Number(process.argv[2] ?? 5)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const canPin = existsSync('/usr/bin/taskset')

console.log(`${machine()}\n${repeats} processes of each server, in turns, medians${canPin ? ', pinned' : ', not pinned: there is no taskset'}`)
const model = await start(1, [here('streams/server.ts')])
const kinds = ['bare', 'riffle'] as const
const found = { bare: noFigures(), riffle: noFigures() }
for (let repeat = 0; repeat < repeats; repeat++) {
  const servers = { bare: await start(0, [here('serve/host.ts'), 'bare', model.url]), riffle: await start(0, [here('serve/host.ts'), 'riffle', model.url]) }
  // Both are there at the same time, so that what else the machine does hits both.
  for (let block = 0; block < 14; block++) {
    for (const kind of kinds) {
      const { times, cpu } = await firstEvents(kind, servers[kind], 50)
      if (block < 4) continue
      found[kind].first.push(...times)
      found[kind].cpu.push(cpu)
    }
  }
  for (const kind of kinds) {
    found[kind].many.push(await manyStreams(kind, servers[kind].url))
    servers[kind].stop()
  }
}
const row = (what: string, of: 'first' | 'cpu' | 'many', limit?: number) => {
  const [bare, riffle] = [median(found.bare[of]), median(found.riffle[of])]
  return { what, 'bare ms': bare.toFixed(2), 'riffle ms': riffle.toFixed(2), ratio: (riffle / bare).toFixed(2), 'at most': limit ?? '', met: limit === undefined ? '' : riffle / bare <= limit ? 'yes' : 'NO' }
}
console.table([
  row(`first event with text, one client after the other (p50 of ${found.bare.first.length})`, 'first', 1.3),
  row('processor time of the server for one such answer', 'cpu'),
  row('500 clients, 100 chunks at 10 ms: all have ended', 'many', 1.4),
])
await neverReading()
await othersWait()
model.stop()

/** The question is the path under which the model has so many events and such a delay. */
function ask(kind: string, url: string, path: string): string {
  return kind === 'bare' ? `${url}${path}?` : `${url}/v1/answers?question=${encodeURIComponent(path)}`
}

function noFigures(): { readonly first: number[]; readonly cpu: number[]; readonly many: number[] } {
  return { first: [], cpu: [], many: [] }
}

/** One client after the other; the processor time is that of one answer. */
async function firstEvents(kind: string, server: Host, count: number): Promise<{ readonly times: readonly number[]; readonly cpu: number }> {
  const times: number[] = []
  const before = await state(server)
  for (let left = count; left > 0; left--) {
    const asked = performance.now()
    times.push((await whole(ask(kind, server.url, '/20/0/v1'))) - asked)
  }
  return { times, cpu: ((await state(server)).cpu - before.cpu) / count / 1000 }
}

async function manyStreams(kind: string, url: string): Promise<number> {
  const burst = async () => {
    const asked = performance.now()
    await Promise.all(Array.from({ length: 500 }, () => whole(ask(kind, url, '/100/10/v1'))))
    return performance.now() - asked
  }
  // The first connects.
  await burst()
  return burst()
}

/** When the first text came; resolves at the end. */
async function whole(url: string): Promise<number> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage]
  let first = 0
  let all = ''
  response.setEncoding('utf8')
  for await (const piece of response as AsyncIterable<string>) {
    if (first > 0) continue
    all += piece
    if (/"(content|text)":"[^"]/.test(all)) first = performance.now()
  }
  if (first === 0) throw new Error(`Expected text of ${url}, got ${all.slice(0, 200)}`)
  return first
}

/** 200 clients that read nothing, at a megabyte a second each for a minute: logs are bounded, and the clients are cut after 5 s. */
async function neverReading(): Promise<void> {
  const server = await start(0, [here('serve/host.ts'), 'flood', model.url])
  // What a server that has answered for a moment holds anyhow.
  await firstEvents('riffle', server, 300)
  const before = await state(server)
  const clients = stalledClients(server.url)
  let peak = before
  let last = before
  for (const until = performance.now() + 60_000; performance.now() < until; await after(250)) {
    last = await state(server)
    if (last.rss > peak.rss) peak = last
  }
  for (const client of clients) client.destroy()
  server.stop()
  const growth = (peak.rss - before.rss) / 2 ** 20
  console.log('\n200 clients that never read, 1 MB/s each for 60 s (stallMs 5000); their answers go on')
  console.table([{ 'resident growth MiB': growth.toFixed(0), 'at most': 64, met: growth <= 64 ? 'yes' : 'NO', 'offered each MiB': ((last.offered - before.offered) / clients.length / 2 ** 20).toFixed(0), cut: last.cutViewers, 'answers still running': last.running }])
}

/** What others wait for the first text of an answer whose model takes 50 ms to it, without and with 200 such clients, in turns. */
async function othersWait(): Promise<void> {
  const waits: { readonly calm: number[]; readonly stalled: number[] } = { calm: [], stalled: [] }
  for (let turn = 0; turn < 6; turn++) {
    for (const kind of ['calm', 'stalled'] as const) {
      const server = await start(0, [here('serve/host.ts'), 'flood', model.url])
      await firstEvents('riffle', server, 300)
      const clients = kind === 'calm' ? [] : stalledClients(server.url)
      // By then the kernel holds all that it will, and nobody was cut yet.
      await after(2500)
      for (let count = 0; count < 40; count++) {
        const asked = performance.now()
        waits[kind].push((await whole(ask('riffle', server.url, '/20/0/50/v1'))) - asked)
      }
      for (const client of clients) client.destroy()
      server.stop()
    }
  }
  const p90 = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? 0
  const ratio = p90(waits.stalled) / p90(waits.calm)
  console.log('\nwhat other clients wait for their first text, model 50 ms, beside 200 that never read')
  console.table([{ 'p90 without, ms': p90(waits.calm).toFixed(1), 'p90 with, ms': p90(waits.stalled).toFixed(1), ratio: ratio.toFixed(2), 'at most': 1.25, met: ratio <= 1.25 ? 'yes' : 'NO', n: waits.calm.length }])
}

function stalledClients(url: string): Socket[] {
  const { hostname, port } = new URL(url)
  return Array.from({ length: 200 }, () => {
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.on('error', () => undefined)
    socket.write('GET /v1/answers?question=flood HTTP/1.1\r\nhost: localhost\r\n\r\n')
    return socket
  })
}

type Host = Awaited<ReturnType<typeof start>>

interface State extends NodeJS.MemoryUsage {
  readonly running: number
  readonly cutViewers: number
  readonly offered: number
  /** Microseconds, of user and system. */
  readonly cpu: number
}

async function state({ child, line }: Host): Promise<State> {
  child.stdin.write('\n')
  return JSON.parse(await line()) as State
}

async function start(core: number, args: readonly string[]) {
  const node = [process.execPath, ...args]
  const [command = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string
  return { child, line, url: await line(), stop: () => child.stdin.end() }
}
