// One server in a process of its own, for bench/serve.ts: `bare` is a node handler that forwards the same model stream, `riffle` the handler with a pipeline.
//   node bench/serve/host.ts bare|riffle|flood MODEL-URL
import { type ServerResponse, createServer } from 'node:http'
import { Observable } from 'rxjs'
import { answer, memoryStore } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { type Handler, handler, serve } from 'riffle-rx/server'

const [kind = '', modelUrl = ''] = process.argv.slice(2)
let stats: () => object = () => ({})
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
  console.log(JSON.stringify({ rss: process.memoryUsage.rss(), ...stats() }))
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

/** Two models: the question says which. */
function pipeline(): Handler {
  const store = memoryStore()
  const models = new Map<string, ReturnType<typeof openai>>()
  const modelOf = (path: string) => {
    const known = models.get(path) ?? openai({ model: 'm', baseUrl: modelUrl + path })
    models.set(path, known)
    return known
  }
  const made = handler({ maxRuns: 2000, answer: ({ question }, { stop }) => answer(question, { store, model: modelOf(question), stop }) })
  stats = made.stats
  return made
}

/** A megabyte a second, without an end. */
function flood(): Handler {
  const text = 'x'.repeat(10_000)
  const made = handler({
    maxRuns: 300, stallMs: 5000, graceMs: 0,
    answer: (_, { stop }) => new Observable((subscriber) => {
      const timer = setInterval(() => subscriber.next({ type: 'text', text }), 10)
      const stopped = stop.subscribe(() => {
        subscriber.next({ type: 'finish', reason: 'stopped' })
        subscriber.complete()
      })
      return () => {
        clearInterval(timer)
        stopped.unsubscribe()
      }
    }),
  })
  stats = made.stats
  return made
}
