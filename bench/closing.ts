// How long after an answer is dropped, or stopped, its socket is closed, as the server sees it: each state 50 times.
//   node bench/closing.ts [runs]
// While it connects there is no server to see it: there it is when the client's own socket is gone. In the delay before
// another attempt, and in the queue of a limiter, no request is under way: there it is the timer, and the place in the queue.
import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'
import { Subject, pipe } from 'rxjs'
import { type Chunk, answer, createGate, createLimiter, limited, memoryStore, requireFinish, retryStream, timeLimits } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { type ScriptedAnswer, type Simulator, startSimulator } from 'riffle-rx/simulator'
import { machine } from './machine.ts'

const runs = Number(process.argv[2] ?? 50)
const nothing: ScriptedAnswer = { fault: { type: 'silence' } }

interface State {
  readonly name: string
  readonly script: ScriptedAnswer
  /** What is seen of an answer that has reached it. */
  readonly sign: string
}
const states: readonly State[] = [
  { name: 'connecting', script: nothing, sign: 'retrieved' },
  { name: 'waiting for headers', script: nothing, sign: 'sent' },
  { name: 'waiting for text', script: { fault: { type: 'stall', afterEvents: 1 } }, sign: 'event1' },
  { name: 'in the text', script: { delayMs: 5, tokens: 100_000 }, sign: 'text' },
  { name: 'while the gate is held', script: { tokens: 100_000 }, sign: 'text' },
  { name: 'in back-off', script: { fault: { type: 'status', status: 503, retryAfterMs: 30_000 } }, sign: 'retry' },
  { name: 'in the queue of a limiter', script: nothing, sign: 'retrieved' },
]

const pause = (ms = 0) => new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause()
}
const count = (resource: string) => process.getActiveResourcesInfo().filter((name) => name === resource).length

/** Listens and never accepts: with its queue full, a connection neither comes about nor fails. */
async function unansweredPort(): Promise<number> {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const worker = new Worker(code, { eval: true })
  worker.unref()
  const port = await new Promise<number>((resolve) => void worker.once('message', resolve))
  for (let filler = 0; filler < 2; filler++) await new Promise<void>((resolve) => void connect(port, '127.0.0.1', resolve).unref())
  await until(() => count('ConnectWrap') === 0)
  return port
}
const port = await unansweredPort()

/** Milliseconds from leaving to the end of what was in use. */
async function delayOf({ name, script, sign }: State, way: 'drop' | 'stop'): Promise<number> {
  const simulator = await startSimulator({ script })
  const limiter = createLimiter({ concurrency: 1 })
  const gate = createGate()
  const stop = new Subject<void>()
  let reached = false
  const model = limited(openai({ model: 'm', baseUrl: name === 'connecting' ? `http://127.0.0.1:${port}/v1` : simulator.url }), { limiter })
  const attempt = pipe(timeLimits({ gate }), requireFinish(), retryStream({ gate }))
  const ask = () => answer('Why?', { store: memoryStore(), model, gate, stop, attempt })
  const look = (chunk: Chunk) => {
    const seen = chunk.type === 'mark' ? chunk.name : chunk.type
    if (seen !== sign || reached) return
    reached = true
    if (name === 'while the gate is held') gate.hold()
  }
  const first = name === 'in the queue of a limiter' ? ask().subscribe() : undefined
  if (first) await until(() => simulator.record.requests.length === 1)
  const timers = count('Timeout')
  const running = ask().subscribe(look)
  await until(() => reached)
  if (name === 'connecting') await until(() => count('ConnectWrap') === 1)
  if (first) await until(() => limiter.waiting === 1)
  await pause(5)

  const started = process.hrtime.bigint()
  if (way === 'drop') running.unsubscribe()
  else stop.next()
  await until(() => isClosed(name, simulator, limiter, timers))
  const ended = process.hrtime.bigint()
  const closed = simulator.record.sockets[0]?.closed
  first?.unsubscribe()
  await simulator.close()
  return (closed && !first ? simulator.record.origin + closed.at - Number(started) : Number(ended - started)) / 1e6
}

function isClosed(name: string, { record }: Simulator, limiter: { readonly waiting: number }, timers: number): boolean {
  if (name === 'connecting') return count('ConnectWrap') === 0
  if (name === 'in the queue of a limiter') return limiter.waiting === 0
  if (name === 'in back-off') return count('Timeout') <= timers
  return record.sockets.every(({ closed }) => closed?.by === 'client')
}

console.log(machine())
const rows = []
for (const state of states) {
  for (const way of ['drop', 'stop'] as const) {
    const delays: number[] = []
    for (let run = 0; run < runs; run++) delays.push(await delayOf(state, way))
    delays.sort((a, b) => a - b)
    const at = (part: number) => delays[Math.min(delays.length - 1, Math.floor(part * delays.length))]!.toFixed(2)
    rows.push({ state: state.name, way, runs, 'median ms': at(0.5), 'p90 ms': at(0.9), 'most ms': at(1) })
  }
}
console.table(rows)
process.exit()
