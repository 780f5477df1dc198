/**
 * A process of its own, so that what is left in it is its own: `node --expose-gc droppingClient.ts URL UNANSWERED_URL COUNT`.
 * Starts answers in batches, brings each batch into one state, leaves it (half are dropped, half are stopped), and prints as
 * one line of JSON what was left behind after COUNT of them.
 */
import { getEventListeners } from 'node:events'
import { Subject, fromEvent, merge, pipe, tap } from 'rxjs'
import { openai } from '../../src/models/openaiModel.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { createGate } from '../../src/policies/gate.ts'
import { limited } from '../../src/policies/limited.ts'
import { type Limiter, createLimiter } from '../../src/policies/limiter.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { until } from '../wire/until.ts'
import { FastStream } from './slowStream.ts'
import { connecting } from './unansweredAddress.ts'

const [url = '', unansweredUrl = '', count = '0'] = process.argv.slice(2)
const batchSize = 100
/** What an answer has shown once it is in a state. */
const states = { connecting: 'retrieved', headers: 'sent', 'first text': 'event1', 'in the text': 'text', 'back-off': 'retry', queue: 'retrieved', 'gate held': 'text' }
type State = keyof typeof states
const names = Object.keys(states) as State[]
const models = new Map(names.map((state) => [
  state,
  openai({ model: 'm', baseUrl: state === 'connecting' ? unansweredUrl : url, headers: { 'x-state': encodeURIComponent(state) } }),
]))

/** Shared by all answers, as a program would. */
const quit = new AbortController()
const output = new FastStream()
const store = memoryStore()
let ends = 0
let warnings = 0
process.on('warning', () => warnings++)

function start(state: State, limiter: Limiter, stops: boolean) {
  const gate = createGate()
  const stop = new Subject<void>()
  const seen = new Set<string>()
  const attempt = pipe(timeLimits({ gate }), requireFinish(), retryStream({ gate, totalMs: 600_000 }))
  const options = { store, model: limited(models.get(state)!, { limiter }), gate, attempt, stop: merge(stop, fromEvent(quit.signal, 'abort')), onEnd: () => ends++ }
  const running = answer('Why?', options).pipe(
    tap((chunk) => {
      seen.add(chunk.type === 'mark' ? chunk.name : chunk.type)
      if (state === 'gate held' && chunk.type === 'text' && !gate.held) gate.hold()
    }),
    fanOut(toCompletion(), toStdout({ stream: output, gate })),
  ).subscribe()
  return { isReached: () => seen.has(states[state]), leave: () => (stops ? stop.next() : running.unsubscribe()) }
}

async function leaveBatch(state: State): Promise<void> {
  // In the queue all but the first wait.
  const limiter = createLimiter({ concurrency: state === 'queue' ? 1 : batchSize })
  const batch = Array.from({ length: batchSize }, (_, index) => start(state, limiter, index % 2 === 0))
  await until(() => batch.every(({ isReached }) => isReached()))
  if (state === 'connecting') await until(() => connecting() === batchSize)
  if (state === 'queue') await until(() => limiter.waiting === batchSize - 1)
  // From the last to the first, so that nobody in the queue gets a place.
  for (const { leave } of batch.toReversed()) leave()
  if (limiter.running + limiter.waiting > 0) throw new Error(`${limiter.running} places are taken and ${limiter.waiting} wait after ${state}`)
}

const resources = () => process.getActiveResourcesInfo().toSorted().join(' ')
const listeners = () => [getEventListeners(quit.signal, 'abort').length, ...['drain', 'close', 'error'].map((name) => output.listenerCount(name))]
/** Once all is closed: connections that nobody uses stay in the pool for 4 seconds. */
async function settledHeap(): Promise<number> {
  const giveUpAt = performance.now() + 15_000
  await until(() => resources() === idle || performance.now() > giveUpAt)
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

// These are opened when they are first asked for.
const streams = [process.stdout, process.stderr]
const idle = resources()
for (const state of [...names, ...names]) await leaveBatch(state)
const [listenersBefore, heapBefore] = [listeners(), await settledHeap()]
ends = 0
const batches = Math.ceil(Number(count) / batchSize)
for (let batch = 0; batch < batches; batch++) await leaveBatch(names[batch % names.length]!)
const heapAfter = await settledHeap()

streams[0]?.write(JSON.stringify({
  left: batches * batchSize, ends, warnings, grownMiB: (heapAfter - heapBefore) / 2 ** 20,
  resources: { idle, after: resources() }, listeners: { before: listenersBefore, after: listeners() },
}))
process.exit()
