// The least that a client can do to time a first text: undici, a line parser, JSON.parse. Prints [question, ms] pairs.
//   node bench/ttft/bare.ts URL CONCURRENCY REQUESTS QUESTIONS
import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'

const [url = '', concurrency = '1', requests = '1', file = ''] = process.argv.slice(2)
const questions = readFileSync(file, 'utf8').trim().split('\n')
const dispatcher = new Agent()

async function ask(question: string): Promise<number> {
  const sent = performance.now()
  let first = Number.NaN
  const { body } = await request(`${url}/chat/completions`, {
    dispatcher, method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: question }], stream: true, stream_options: { include_usage: true } }),
  })
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
      const text = (JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content
      if (text && Number.isNaN(first)) first = performance.now() - sent
    }
  }
  return first
}

async function run(from: number, count: number): Promise<[string, number][]> {
  const times: [string, number][] = []
  let next = from
  const slot = async () => {
    while (next < from + count) {
      const question = questions[next++ % questions.length]!
      times.push([question, await ask(question)])
    }
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, slot))
  return times
}

// Warm-up, which opens the connections.
await run(10_000, Number(concurrency) + 1)
process.stdout.write(JSON.stringify(await run(0, Number(requests))))
await dispatcher.close()
