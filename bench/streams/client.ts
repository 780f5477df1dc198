// One client in a process of its own: asks as the case says, and prints one line of JSON.
//   node bench/streams/client.ts MODULE EXPORT[:VARIANT] CASE URL
import { cpus } from 'node:os'
import { pathToFileURL } from 'node:url'

type Ask = (messages: { role: string; content: string }[], onText?: () => void) => Promise<string>

const [modulePath = '', name = '', kind = '', url = ''] = process.argv.slice(2)
const [exported = '', variant] = name.split(':')
const loaded = (await import(pathToFileURL(modulePath).href)) as Record<string, (baseUrl: string, variant?: string) => Ask>
const messages = [
  { role: 'system', content: 'You answer from the passages that you are given, and say where you found what you say.' },
  { role: 'user', content: 'How fast is a riffle? '.repeat(20) },
]
let length: number | undefined

/** The text of an answer of so many events has the same length each time, for every client. */
async function whole(ask: Ask, onText?: () => void): Promise<void> {
  const answer = await ask(messages, onText)
  length ??= answer.length
  if (answer.length !== length) throw new Error(`Expected an answer of ${length} characters, got ${answer.length}`)
}

/** CPU of this process and, where Linux tells, what others used of the first core meanwhile. */
async function measured(run: () => Promise<void>): Promise<{ ms: number; cpuMs: number; foreign: number }> {
  const before = { at: performance.now(), cpu: process.cpuUsage(), busy: busyMs() }
  await run()
  const ms = performance.now() - before.at
  const { user, system } = process.cpuUsage(before.cpu)
  const cpuMs = (user + system) / 1000
  return { ms, cpuMs, foreign: Math.max(0, busyMs() - before.busy - cpuMs) / ms }
}

function busyMs(): number {
  const { user, nice, sys, irq } = cpus()[0]!.times
  return user + nice + sys + irq
}

const cases: Record<string, () => Promise<object[]>> = {
  /** CPU of one stream at full speed. The first three are to warm up. */
  async cpu() {
    const ask = loaded[exported]!(`${url}/20000/0/v1`, variant)
    const rounds: object[] = []
    for (let round = 0; round < 8; round++) rounds.push(await measured(() => whole(ask)))
    return rounds.slice(3)
  },
  /** Two bursts: the first connects. */
  async many() {
    const ask = loaded[exported]!(`${url}/100/10/v1`, variant)
    const burst = async () => void (await Promise.all(Array.from({ length: 1000 }, () => whole(ask))))
    return [await measured(burst), await measured(burst)]
  },
  /** Time to the first text, one request after the other, when all is warm. */
  async first() {
    const ask = loaded[exported]!(`${url}/20/0/v1`, variant)
    const times: number[] = []
    const run = async (requests: number) => {
      for (let count = 0; count < requests; count++) {
        const asked = performance.now()
        let first = 0
        await whole(ask, () => (first ||= performance.now() - asked))
        times.push(first)
      }
    }
    await run(1000)
    const { cpuMs, foreign } = await measured(() => run(600))
    const sorted = times.slice(1000).toSorted((a, b) => a - b)
    return [{ ms: sorted[300], p90: sorted[540], cpuMs: cpuMs / 600, foreign }]
  },
}

const rounds = await cases[kind]!()
console.log(JSON.stringify({ rounds, length, peakMB: process.resourceUsage().maxRSS / 1024 }))
process.exit()
