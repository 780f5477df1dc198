// What streaming an answer costs: our full chain beside the least that a client can do, and beside other clients.
//   node bench/streams.ts [repeats]      default 3 fresh processes for each client and case; takes some six minutes
// Each client is a fresh process on the first core, the server one on the second; clients take turns. Figures are medians over
// processes, of which LangChain.js and the AI SDK have one each. "foreign": what other programs used of the client's core meanwhile; rounds with much of that are disturbed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installPeers } from './installPeers.ts'
import { machine, median } from './machine.ts'

const repeats = Number(process.argv[2] ?? 3)
const here = (name: string) => fileURLToPath(new URL(`streams/${name}`, import.meta.url))
const canPin = existsSync('/usr/bin/taskset')

interface Client {
  readonly name: string
  readonly module: string
  readonly exported: string
}
interface Round {
  readonly ms: number
  readonly cpuMs: number
  readonly foreign: number
}
interface Report {
  readonly rounds: readonly Round[]
  readonly peakMB: number
}

const ours: readonly Client[] = [
  { name: 'bare undici loop', module: here('bare.ts'), exported: 'client' },
  { name: 'riffle, the full chain', module: here('riffle.ts'), exported: 'client' },
  { name: 'riffle, the model alone', module: here('riffle.ts'), exported: 'client:model' },
  { name: 'riffle, tokens counted too', module: here('riffle.ts'), exported: 'client:tokens' },
  { name: 'openai SDK', module: here('sdk.ts'), exported: 'client' },
]
const clients = [...ours, ...peers()]
const [bare, chain, , , sdk] = ours.map(({ name }) => name)

console.log(`${machine()}\n${repeats} processes for each client and case, medians${canPin ? ', pinned' : ', not pinned: there is no taskset'}`)
const server = start(1, [here('server.ts')], 'pipe')
const [url] = (await once(createInterface({ input: server.stdout! }), 'line')) as [string]

const fastest = ({ rounds }: Report) => Math.min(...rounds.map(({ cpuMs }) => cpuMs))
const last = ({ rounds }: Report) => rounds.at(-1)!.ms

console.log('\nOne stream of 20,000 events at full speed, warm: CPU for each event, of the fastest of five streams')
const cpu = await measure('cpu', clients)
table(cpu, (report) => fastest(report) / 20, 'us an event')
console.log('\n1,000 streams at once, each of 100 events at 10 ms (ideal 0.99 s), the second burst: time to the end, CPU, and memory')
const many = await measure('many', clients)
table(many, (report) => last(report) / 1000, 's')
table(many, ({ rounds }) => rounds.at(-1)!.cpuMs / 1000, 's of CPU')
table(many, ({ peakMB }) => peakMB, 'MB resident at most')
console.log('\nOne request after the other, 20 events at no delay, 600 of them, warm: time from the call to the first text, and CPU of a request')
const first = await measure('first', clients)
table(first, ({ rounds }) => rounds[0]!.ms, 'ms (p50)')
table(first, ({ rounds }) => rounds[0]!.cpuMs, 'ms of CPU')
server.kill()

const ratio = (reports: typeof cpu, of: (report: Report) => number, to: string | undefined) => valueOf(reports, chain, of) / valueOf(reports, to, of)
console.log('\nThe full chain against its targets')
console.table([
  target('CPU for each event, beside the bare loop', ratio(cpu, fastest, bare), 2),
  target('CPU for each event, beside the openai SDK', ratio(cpu, fastest, sdk), 0.45),
  target('1,000 streams: time, beside the bare loop', ratio(many, last, bare), 1.2),
  target('1,000 streams: memory, beside the bare loop', ratio(many, ({ peakMB }) => peakMB, bare), 1.3),
  target('first text, beside the bare loop', ratio(first, ({ rounds }) => rounds[0]!.ms, bare), 1.5),
])

function target(what: string, found: number, limit: number) {
  return { what, ratio: found.toFixed(2), 'at most': limit, met: found <= limit ? 'yes' : 'NO' }
}

/** In turn, so that a noisy minute hits all of them. */
async function measure(kind: string, all: readonly Client[]): Promise<ReadonlyMap<string, readonly Report[]>> {
  const reports = new Map<string, Report[]>(all.map(({ name }) => [name, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    // The others take most of the time, and are far from any target: one process each.
    for (const { name, module, exported } of repeat === 0 ? all : ours) {
      const child = start(0, [here('client.ts'), module, exported, kind, url], 'ignore')
      let printed = ''
      child.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text))
      const [code] = (await once(child, 'close')) as [number]
      if (code === 0) reports.get(name)!.push(JSON.parse(printed) as Report)
      else console.error(`${name}, ${kind}: failed`)
    }
  }
  return reports
}

function valueOf(reports: ReadonlyMap<string, readonly Report[]>, name: string | undefined, of: (report: Report) => number): number {
  return median((reports.get(name ?? '') ?? []).map(of))
}

function table(reports: ReadonlyMap<string, readonly Report[]>, of: (report: Report) => number, unit: string): void {
  const base = valueOf(reports, bare, of)
  console.table(
    [...reports].filter(([, all]) => all.length > 0).map(([name, all]) => ({
      client: name, [unit]: median(all.map(of)).toFixed(2), 'beside bare': (median(all.map(of)) / base).toFixed(2),
      foreign: median(all.map(({ rounds }) => rounds.at(-1)!.foreign)).toFixed(2),
    })),
  )
}

function start(core: number, args: readonly string[], stdin: 'pipe' | 'ignore') {
  const node = [process.execPath, ...process.execArgv, ...args]
  const [command = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node
  return spawn(command, rest, { stdio: [stdin, 'pipe', 'inherit'] })
}

function peers(): Client[] {
  try {
    const folder = installPeers()
    const lock = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
    const named = (name: string) => `${name} ${lock.dependencies[name]}`
    return [
      { name: named('@langchain/openai'), module: join(folder, 'langchain.mjs'), exported: 'langchain' },
      { name: `ai ${lock.dependencies['ai']} streamText`, module: join(folder, 'aiSdk.mjs'), exported: 'aiSdk' },
    ]
  } catch (error) {
    console.log(`peers left out: ${error instanceof Error ? error.message : String(error)}`)
    return []
  }
}
