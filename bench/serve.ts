// What our server costs beside a bare handler that forwards the same model stream, and what clients that never read cost.
//   node bench/serve.ts [repeats]      default 5
// Model and client share the second core, each server is a fresh process on the first; the two servers take turns. Figures are medians.
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

console.log(`${machine()}\n${repeats} processes for each server, interleaved, medians${canPin ? ', pinned' : ', not pinned: there is no taskset'}`)
const model = await start(1, [here('streams/server.ts')])
const found = { bare: { first: [] as number[], many: [] as number[] }, riffle: { first: [] as number[], many: [] as number[] } }
for (let repeat = 0; repeat < repeats; repeat++) {
  for (const kind of ['bare', 'riffle'] as const) {
    const server = await start(0, [here('serve/host.ts'), kind, model.url])
    found[kind].first.push(await firstEvent(kind, server.url))
    found[kind].many.push(await manyStreams(kind, server.url))
    server.stop()
  }
}
const row = (what: string, of: 'first' | 'many', limit: number) => {
  const [bare, riffle] = [median(found.bare[of]), median(found.riffle[of])]
  return { what, 'bare ms': bare.toFixed(2), 'riffle ms': riffle.toFixed(2), ratio: (riffle / bare).toFixed(2), 'at most': limit, met: riffle / bare <= limit ? 'yes' : 'NO' }
}
console.table([row('first event with text, one client after the other (p50 of 300)', 'first', 1.3), row('500 clients, 100 chunks at 10 ms: all have ended', 'many', 1.4)])
model.stop()
await neverReading()

/** The question is the path under which the model has so many events and such a delay. */
function ask(kind: string, url: string, path: string): string {
  return kind === 'bare' ? `${url}${path}?` : `${url}/v1/answers?question=${encodeURIComponent(path)}`
}

async function firstEvent(kind: string, url: string): Promise<number> {
  const times: number[] = []
  for (let count = 0; count < 500; count++) {
    const asked = performance.now()
    times.push((await whole(ask(kind, url, '/20/0/v1'))) - asked)
  }
  return median(times.slice(200))
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

/** 200 clients at a megabyte a second each that read nothing: their run's log is bounded, they are cut after 5 s. */
async function neverReading(): Promise<void> {
  const server = await start(0, [here('serve/host.ts'), 'flood', ''])
  const { hostname, port } = new URL(server.url)
  const state = async () => {
    server.child.stdin.write('\n')
    return JSON.parse(await server.line()) as { rss: number; running: number; cutViewers: number }
  }
  const clients: Socket[] = []
  const before = await state()
  let peak = before.rss
  for (let count = 0; count < 200; count++) {
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.on('error', () => undefined)
    socket.write('GET /v1/answers?question=a HTTP/1.1\r\nhost: localhost\r\n\r\n')
    clients.push(socket)
  }
  let last = before
  const until = performance.now() + 60_000
  while (performance.now() < until && last.cutViewers < 200) {
    await after(250)
    last = await state()
    peak = Math.max(peak, last.rss)
  }
  for (const socket of clients) socket.destroy()
  const growth = (peak - before.rss) / 2 ** 20
  console.log('\n200 clients that never read, 1 MB/s each, until all are cut (stallMs 5000)')
  console.table([{ 'resident growth MiB': growth.toFixed(0), 'at most': 64, met: growth <= 64 ? 'yes' : 'NO', cut: last.cutViewers, 'runs left': last.running }])
  server.stop()
}

async function start(core: number, args: readonly string[]) {
  const node = [process.execPath, ...args]
  const [command = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string
  return { child, line, url: await line(), stop: () => child.stdin.end() }
}
