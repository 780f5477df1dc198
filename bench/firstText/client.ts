// One client, kept for all its questions; started by bench/firstText.ts, which writes a line with questions and reads a line with times.
//   node bench/firstText/client.ts MODULE VARIANT GIVEN.json
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

type Answers = (question: string, onText: () => void) => Promise<void>

export interface Timed {
  /** From the call to the first text, of each question. */
  readonly ms: readonly number[]
  readonly cpuMs: number
}

if (import.meta.main) {
  const [module = '', variant = '', given = ''] = process.argv.slice(2)
  const { answers } = (await import(module)) as { answers: (given: object) => Promise<Answers> }
  const ask = await answers({ ...(JSON.parse(readFileSync(given, 'utf8')) as object), variant })
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await timesOf(ask, JSON.parse(line) as string[])))
  process.exit()
}

async function timesOf(ask: Answers, questions: readonly string[]): Promise<Timed> {
  const before = process.cpuUsage()
  const ms: number[] = []
  for (const question of questions) {
    const started = performance.now()
    let first: number | undefined
    await ask(question, () => (first ??= performance.now() - started))
    if (first === undefined) throw new Error('Expected a text, got none')
    ms.push(first)
  }
  const { user, system } = process.cpuUsage(before)
  return { ms, cpuMs: (user + system) / 1000 / questions.length }
}
