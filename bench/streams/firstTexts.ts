// Times to the first text of one client, question by question, with nothing around it. Prints [question, ms] pairs.
//   node bench/streams/firstTexts.ts MODULE URL CONCURRENCY REQUESTS QUESTIONS
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

type Client = (baseUrl: string) => (messages: { role: string; content: string }[], onText: () => void) => Promise<string>

const [modulePath = '', url = '', concurrency = '1', requests = '1', file = ''] = process.argv.slice(2)
const questions = readFileSync(file, 'utf8').trim().split('\n')
const { client } = (await import(pathToFileURL(modulePath).href)) as { client: Client }
const askClient = client(url)

async function ask(content: string): Promise<number> {
  const sent = performance.now()
  let first = Number.NaN
  await askClient([{ role: 'user', content }], () => {
    if (Number.isNaN(first)) first = performance.now() - sent
  })
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
process.stdout.write(JSON.stringify(await run(0, Number(requests))), () => process.exit())
