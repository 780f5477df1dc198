// CPU per chunk of sinks, alone and behind fanOut: chunks as a socket brings them, 64 in a turn.
//   node bench/sinks.ts [chunks]      default 500000
import { Writable } from 'node:stream'
import { type Observable, Observable as Source, lastValueFrom } from 'rxjs'
import { type Chunk, fanOut, toAsyncIterable, toCompletion } from 'riffle-rx'
import { toStdout } from 'riffle-rx/node'
import { machine, median } from './machine.ts'

const count = Number(process.argv[2] ?? 500_000)
const burst = 64
const chunk: Chunk = { type: 'text', text: ' token' }

/** As a reader of a socket does it: some chunks, then the next turn. */
function answer(): Observable<Chunk> {
  return new Source<Chunk>((subscriber) => {
    const run = async () => {
      for (let sent = 0; sent < count; sent += burst) {
        for (let index = 0; index < burst; index++) subscriber.next(chunk)
        await Promise.resolve()
      }
      subscriber.next({ type: 'finish', reason: 'stop' })
      subscriber.complete()
    }
    void run()
  })
}

const cases: Readonly<Record<string, () => Promise<unknown>>> = {
  'subscribe alone': () => lastValueFrom(answer()),
  'toCompletion': () => lastValueFrom(answer().pipe(toCompletion())),
  'fanOut of one': () => lastValueFrom(answer().pipe(fanOut(toCompletion()))),
  'fanOut of three': () => lastValueFrom(answer().pipe(fanOut(toCompletion(), toCompletion(), toCompletion()))),
  'toStdout, fast': () => lastValueFrom(answer().pipe(toStdout({ stream: fastStream() }))),
  'toStdout, slow': () => lastValueFrom(answer().pipe(toStdout({ stream: slowStream(), maxBytes: 2 ** 30 }))),
  'for await': loop,
}

/** Takes a while for each piece, so that text waits and is merged. */
const slowStream = () => new Writable({ highWaterMark: 1, decodeStrings: false, write: (_piece, _encoding, done) => void setImmediate(done) })
const fastStream = () => new Writable({ decodeStrings: false, write: (_piece, _encoding, done) => done() })

async function loop(): Promise<void> {
  for await (const { type } of toAsyncIterable(answer(), { maxBytes: 2 ** 30 })) if (type === 'finish') return
}

console.log(machine())
for (const [name, run] of Object.entries(cases)) {
  const figures: number[] = []
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    if (round > 0) figures.push((user + system) / count)
  }
  console.log(`${name.padEnd(20)} ${median(figures).toFixed(3)} us of CPU per chunk`)
}
