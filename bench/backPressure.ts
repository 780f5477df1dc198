// Back-pressure from a slow sink to the server: a `pause` sink that takes 4 MB/s, an answer of 100 MiB and one of 400 MiB.
//   node bench/backPressure.ts [MB/s] [MiB …]      default 4 100 400: takes two and a half minutes
// The client runs in a process of its own, whose memory is measured. "ahead": what the server had written and the sink had not taken,
// the most that was seen; it holds the kernel's buffers of both sides. Each answer comes after a small one, so that all is loaded.
import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Observable, lastValueFrom } from 'rxjs'
import { type Chunk, createGate } from 'riffle-rx'
import { toStdout } from 'riffle-rx/node'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'
import { machine } from './machine.ts'

const MiB = 2 ** 20
const words = 'riffles. '.repeat(114).slice(0, 1024)
const event = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(words)}},"finish_reason":null}]}\n\n`)
const [first = '4', ...rest] = process.argv.slice(2)

if (first === 'client') await client(rest[0] ?? '', Number(rest[1]))
else await server(Number(first), rest.length > 0 ? rest.map(Number) : [100, 400])

async function server(megabytesPerSecond: number, sizes: readonly number[]): Promise<void> {
  console.log(machine())
  const rows = []
  for (const size of sizes) {
    const body = (mebibytes: number) => Buffer.concat([Buffer.alloc(mebibytes * 1024 * event.length, event), end])
    const end = Buffer.from('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
    const simulator = await startSimulator({ script: [1, size].map((mebibytes) => ({ body: body(mebibytes), sliceBytes: 65_536 })) })
    const started = performance.now()
    const child = spawn(process.execPath, [...process.execArgv, '--expose-gc', fileURLToPath(import.meta.url), 'client', simulator.url, String(megabytesPerSecond)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let ahead = 0
    let grown = 0
    let taken = 0
    for await (const line of createInterface({ input: child.stdout })) {
      ;({ taken, grown } = JSON.parse(line) as { taken: number; grown: number })
      ahead = Math.max(ahead, (simulator.record.requests[1]?.bytes ?? 0) - taken * (event.length / words.length))
    }
    const seconds = (performance.now() - started) / 1000
    rows.push({
      'MiB of text': size, 'taken MiB': taken / MiB, seconds: seconds.toFixed(1), 'MB/s': (taken / 1e6 / seconds).toFixed(1),
      'resident MiB grown': (grown / MiB).toFixed(0), 'ahead MiB': (ahead / MiB).toFixed(1),
    })
    await simulator.close()
  }
  console.table(rows)
}

async function client(url: string, megabytesPerSecond: number): Promise<void> {
  const model = openai({ model: 'scripted', baseUrl: url })
  const gate = createGate()
  const ask = (): Observable<Chunk> => model.stream({ messages: [{ role: 'user', content: 'Go on.' }], gate })
  await lastValueFrom(ask().pipe(toStdout({ stream: new Writable({ write: (_piece, _encoding, done) => done() }), gate })))
  globalThis.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  let taken = 0
  const report = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
    process.stdout.write(`${JSON.stringify({ taken, grown: peak - before })}\n`)
  }
  const timer = setInterval(report, 20)
  const started = performance.now()
  const slow = new Writable({
    decodeStrings: false,
    write(piece: string, _encoding, done) {
      taken += piece.length
      const early = started + taken / (megabytesPerSecond * 1000) - performance.now()
      // A timer for each small write would be slower than asked for.
      if (early > 2) setTimeout(done, early)
      else setImmediate(done)
    },
  })
  await lastValueFrom(ask().pipe(toStdout({ stream: slow, gate })))
  clearInterval(timer)
  report()
  process.exit()
}
