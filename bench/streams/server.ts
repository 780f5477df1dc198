// A server of chat completions that only writes bytes made beforehand, so that it is not what is measured.
//   node bench/streams/server.ts      prints its base URL; EVENTS, DELAYMS and perhaps FIRSTMS are parts of a path: URL/EVENTS/DELAYMS/v1, URL/EVENTS/DELAYMS/FIRSTMS/v1
import { createServer, type ServerResponse } from 'node:http'

const words = ' the riffle of a stream is where it runs fast over stones and "breathes"'.split(/(?= )/)
const bodies = new Map<number, readonly Buffer[]>()
/** Every running answer that has a delay, moved on by one timer. */
const running = new Set<() => void>()

const server = createServer((request, response) => {
  const [, events = '1', delayMs = '0', firstMs = '0'] = (request.url ?? '').split('/')
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    const body = bodyOf(Number(events))
    const answer = () => (delayMs === '0' ? writeAll(response, Buffer.concat(body)) : writeSlowly(response, body, Number(delayMs)))
    if (Number(firstMs) > 0) setTimeout(answer, Number(firstMs))
    else answer()
  })
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
})
setInterval(() => {
  for (const moveOn of running) moveOn()
}, 1)
process.stdin.resume().on('end', () => process.exit())

function bodyOf(events: number): readonly Buffer[] {
  const known = bodies.get(events)
  if (known) return known
  const texts = Array.from({ length: events }, (_, index) => words[index % words.length])
  const choices: unknown[] = [
    { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
    ...texts.map((content) => ({ index: 0, delta: { content }, logprobs: null, finish_reason: null })),
    { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
  ]
  const head = { id: 'chatcmpl-C0ffeeBabe0123456789riffle', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'scripted-1' }
  const usage = { prompt_tokens: 20, completion_tokens: events, total_tokens: events + 20 }
  const payloads = [...choices.map((choice) => ({ ...head, choices: [choice], usage: null })), { ...head, choices: [], usage }]
  const made = [...payloads.map((payload) => JSON.stringify(payload)), '[DONE]'].map((data) => Buffer.from(`data: ${data}\n\n`))
  bodies.set(events, made)
  return made
}

/** 16 KiB at a time, as fast as the client reads. */
function writeAll(response: ServerResponse, body: Buffer): void {
  let at = 0
  const write = (): void => {
    while (at < body.length) {
      const slice = body.subarray(at, at + 16_384)
      at += slice.length
      if (!response.write(slice) && at < body.length) return void response.once('drain', write)
    }
    response.end()
  }
  write()
}

/** One text every `delayMs`, each a write of its own; what is late is made up for. The closing events go with the last text. */
function writeSlowly(response: ServerResponse, body: readonly Buffer[], delayMs: number): void {
  const startedAt = performance.now()
  const texts = body.length - 4
  let written = 0
  const moveOn = (): void => {
    const due = Math.min(texts, 1 + Math.floor((performance.now() - startedAt) / delayMs))
    if (written === 0) response.write(body[0]!)
    for (; written < due; written++) response.write(body[1 + written]!)
    if (written < texts) return
    running.delete(moveOn)
    response.end(Buffer.concat(body.slice(texts + 1)))
  }
  response.on('close', () => running.delete(moveOn))
  running.add(moveOn)
  moveOn()
}
