// From a question to the first text of its answer through a whole pipeline: embed, find 5 of 10,000 passages, prompt, model, first text.
//   node bench/firstText.ts [rounds] [passages] [peers]      default 30 rounds of 5 questions after 2 to warm up; `none` leaves peers out
// The scripted server answers at once, with embeddings of 1,536 numbers. Each client is a process that keeps its index open; they take turns, a round each.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startSimulator } from 'riffle-rx/simulator'
import type { Timed } from './firstText/client.ts'
import { english } from './generatedText.ts'
import { installPeers } from './installPeers.ts'
import { machine, median } from './machine.ts'

const [rounds = 30, passages = 10_000] = process.argv.slice(2, 4).map(Number)
const withPeers = process.argv[4] !== 'none'
const [warmUps, questionsPerRound] = [2, 5]
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
const simulator = await startSimulator({ script: { tokens: 20 }, dimensions: 1536, maxRecordBytes: 1_000_000 })
const given = join(folder, 'given.json')
writeFileSync(given, JSON.stringify({ baseURL: simulator.url, texts: english(passages, 1000), topK: 5, batchSize: 256 }))
const here = (name: string) => fileURLToPath(new URL(`firstText/${name}`, import.meta.url))

interface Client {
  readonly name: string
  readonly module: string
  readonly variant: string
}
const ours: readonly Client[] = [
  { name: 'riffle, hybrid, index on disk', module: here('riffle.ts'), variant: `${join(folder, 'hybrid.sqlite')} hybrid` },
  { name: 'riffle, vectors alone, index on disk', module: here('riffle.ts'), variant: `${join(folder, 'vector.sqlite')} vector` },
  { name: 'riffle, vectors alone, in memory', module: here('riffle.ts'), variant: 'memory vector' },
]
const clients = withPeers ? [...ours, ...peers()] : ours

// One after the other: they would disturb each other while they build.
const started = []
for (const client of clients) started.push({ ...client, ...(await start(client)) })
const reports = new Map(clients.map(({ name }): [string, Timed[]] => [name, []]))
const questions = english(1, (rounds + warmUps) * questionsPerRound * 60).join(' ').split(/\s+/)
for (let round = 0; round < rounds + warmUps; round++) {
  const asked = Array.from({ length: questionsPerRound }, (_, index) => `${questions.slice((round * questionsPerRound + index) * 8).slice(0, 8).join(' ')}?`)
  for (const { name, ask } of started) {
    const times = await ask(asked)
    if (round >= warmUps) reports.get(name)!.push(times)
  }
}
for (const { end } of started) end()
await simulator.close()
rmSync(folder, { recursive: true, force: true })

console.log(`${machine()}\n${passages} passages, ${rounds * questionsPerRound} questions, warm\n`)
const p50 = (name: string) => median(reports.get(name)!.flatMap(({ ms }) => ms))
const cpu = (name: string) => median(reports.get(name)!.map(({ cpuMs }) => cpuMs))
console.table(clients.map(({ name }) => ({ 'from the question to the first text': name, 'ms (p50)': p50(name).toFixed(1), 'CPU ms of a whole answer': cpu(name).toFixed(1) })))
if (withPeers) {
  const others = clients.slice(ours.length).map(({ name }) => name)
  const fastest = others.toSorted((a, b) => p50(a) - p50(b))[0]!
  console.log(`\nBeside the faster peer (${fastest}): at most a third`)
  console.table(ours.map(({ name }) => ({
    client: name, 'of its time': (p50(name) / p50(fastest)).toFixed(2), 'at most': 0.33, met: p50(name) <= p50(fastest) / 3 ? 'yes' : 'NO', 'of its CPU': (cpu(name) / cpu(fastest)).toFixed(2),
  })))
}

async function start({ module, variant }: Client) {
  const child = spawn(process.execPath, [...process.execArgv, here('client.ts'), module, variant, given], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error(`Expected a line of ${module}, got its end`)
    return value
  }
  await nextLine()
  return {
    async ask(asked: readonly string[]): Promise<Timed> {
      child.stdin.write(`${JSON.stringify(asked)}\n`)
      return JSON.parse(await nextLine()) as Timed
    },
    end: () => void child.stdin.end(),
  }
}

function peers(): Client[] {
  const installed = installPeers()
  return [
    { name: 'LangChain.js, MemoryVectorStore', module: join(installed, 'langchainAnswer.mjs'), variant: '' },
    { name: 'LlamaIndexTS, query engine', module: join(installed, 'llamaIndexAnswer.mjs'), variant: '' },
  ]
}
