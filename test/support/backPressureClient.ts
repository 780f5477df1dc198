/**
 * A process of its own, so that its memory is the client's alone: `node backPressureClient.ts URL MODE`.
 * Asks twice, the first time to have everything loaded, and prints a line of JSON every 20 ms and one with the outcome.
 *
 * - `slow`: one sink that takes 40 MB/s, and rests after 10 MiB until something comes on standard input.
 * - `cut`: a sink that never takes anything and is to be cut, beside a fast one.
 * - `standstill`: the same, but it is to pause the others, for 300 ms at most.
 */
import { Writable } from 'node:stream'
import { type Observable, delayWhen, lastValueFrom } from 'rxjs'
import { openai } from '../../src/models/openaiModel.ts'
import { createGate } from '../../src/policies/gate.ts'
import { fanOut } from '../../src/sinks/fanOut.ts'
import { toStdout } from '../../src/sinks/toStdout.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { Gate } from '../../src/types/gate.ts'

const [url = '', mode = 'slow'] = process.argv.slice(2)
const bytesPerMs = 40_000
let taken = 0

/** Takes no more than `bytesPerMs`, on the whole. */
function pacedStream(): Writable {
  let started = performance.now()
  let restAt = 10 * 2 ** 20
  let total = 0
  return new Writable({
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      total += piece.length
      taken = total
      if (total > restAt) {
        restAt = Infinity
        process.stdin.once('data', () => {
          started = performance.now() - total / bytesPerMs
          done()
        })
        return
      }
      const early = started + total / bytesPerMs - performance.now()
      if (early > 1) setTimeout(done, early)
      else setImmediate(done)
    },
  })
}
/** What a sink has written may still be in the stream's own buffer. */
async function* emptied(stream: Writable): AsyncGenerator<true> {
  while (stream.writableLength > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  yield true
}
const fastStream = () =>
  new Writable({
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      taken += piece.length
      done()
    },
  })
const deadStream = () => new Writable({ highWaterMark: 1, decodeStrings: false, write: () => undefined })

const modes: Readonly<Record<string, (chunks: Observable<Chunk>, gate: Gate) => Observable<unknown>>> = {
  slow: (chunks, gate) => {
    const stream = pacedStream()
    return chunks.pipe(toStdout({ stream, gate }), delayWhen(() => emptied(stream)))
  },
  cut: (chunks, gate) => {
    const dead = toStdout({ stream: deadStream(), gate, whenSlow: 'cut', maxBytes: 1_048_576 })
    return chunks.pipe(fanOut(dead, toStdout({ stream: fastStream(), gate })))
  },
  standstill: (chunks, gate) => {
    const dead = toStdout({ stream: deadStream(), gate, maxHoldMs: 300 })
    return chunks.pipe(fanOut(dead, toStdout({ stream: fastStream(), gate })))
  },
}

const model = openai({ model: 'scripted', baseUrl: url })
const ask = (gate: Gate) => model.stream({ messages: [{ role: 'user', content: 'Go on.' }], gate })
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

await lastValueFrom(ask(createGate()).pipe(toStdout({ stream: fastStream() })))
globalThis.gc?.()
const before = process.memoryUsage.rss()
taken = 0
let peak = before
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
  print({ taken })
}, 20)

const gate = createGate()
const run = modes[mode]
if (run === undefined) throw new Error(`Expected a mode, got ${mode}`)
const summary = await lastValueFrom(run(ask(gate), gate))
clearInterval(timer)
print({ outcome: summary, taken, heldNs: gate.heldNs, grownMiB: Math.round((peak - before) / 2 ** 20) })
process.exit()
