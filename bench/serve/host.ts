// One server in a process of its own, for bench/serve.ts: `bare` is a node handler that forwards the same model stream, `riffle` the handler with a pipeline.
//   node bench/serve/host.ts bare|riffle|flood MODEL-URL
import { type ServerResponse, createServer } from 'node:http'
import { Observable } from 'rxjs'
import { type Chunk, type StopSignal, answer, memoryStore } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { type Handler, handler, serve } from 'riffle-rx/server'

const [kind = '', modelUrl = ''] = process.argv.slice(2)
let stats: () => object = () => ({})
/** Bytes of text that the flood has said. */
let offered = 0
const messages = [{ role: 'user', content: 'How fast is a riffle?' }]

if (kind === 'bare') {
  const server = createServer((request, response) => void forward(request.url ?? '', response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  })
} else {
  const { url } = await serve(kind === 'riffle' ? pipeline() : flood(), { port: 0, maxConnections: 2000 })
  console.log(url)
}
process.stdin.resume().on('end', () => process.exit())
process.stdin.on('data', () => {
  console.log(JSON.stringify({ ...process.memoryUsage(), cpu: process.cpuUsage().user + process.cpuUsage().system, ...stats(), offered }))
})

/** The least that such a server does: one request to the model, its bytes passed on. */
async function forward(path: string, response: ServerResponse): Promise<void> {
  const answered = await fetch(`${modelUrl}${path.slice(0, path.indexOf('?'))}/chat/completions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'm', stream: true, stream_options: { include_usage: true }, messages }),
  })
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for await (const bytes of answered.body ?? []) if (!response.write(bytes)) await new Promise((resolve) => response.once('drain', resolve))
  response.end()
}

/** The question says which model: one for each path. */
function pipeline(): Handler {
  const answering = questions()
  const made = handler({ maxRuns: 2000, answer: ({ question }, { stop }) => answering(question, stop) })
  stats = made.stats
  return made
}

function questions(): (path: string, stop: StopSignal) => Observable<Chunk> {
  const store = memoryStore()
  const models = new Map<string, ReturnType<typeof openai>>()
  const modelOf = (path: string) => {
    const known = models.get(path) ?? openai({ model: 'm', baseUrl: modelUrl + path })
    models.set(path, known)
    return known
  }
  return (path, stop) => answer(path, { store, model: modelOf(path), stop })
}

/** A megabyte a second to the question `flood`, without an end, whether anybody watches or not. Others are answered as by `riffle`. */
function flood(): Handler {
  const filler = 'x'.repeat(10_000)
  const answering = questions()
  const endless = (stop: StopSignal) => new Observable<Chunk>((subscriber) => {
    const startedAt = performance.now()
    let said = 0
    const timer = setInterval(() => {
      // What is late is made up for, little by little.
      for (const due = Math.min(said + 4, (performance.now() - startedAt) / 10); said < due; said++) {
        // A new text each time, as a model's is.
        const text = `${said} ${filler}`.slice(0, 10_000)
        offered += text.length
        subscriber.next({ type: 'text', text })
      }
    }, 10)
    const stopped = stop.subscribe(() => {
      subscriber.next({ type: 'finish', reason: 'stopped' })
      subscriber.complete()
    })
    return () => {
      clearInterval(timer)
      stopped.unsubscribe()
    }
  })
  const made = handler({ maxRuns: 300, stallMs: 5000, graceMs: 120_000, keepMs: 0, answer: ({ question }, { stop }) => (question === 'flood' ? endless(stop) : answering(question, stop)) })
  stats = made.stats
  return made
}
