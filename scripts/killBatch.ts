// Kills `riffle batch` again and again at random instants, and looks whether anything was lost or asked too often.
//   node scripts/killBatch.ts [kills] [rows] [seed]      default 200 2000 1; takes some minutes
// The scripted server's own counts are the witness for the number of requests.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Simulator, startSimulator } from 'riffle-rx/simulator'
import { runKilled } from './runKilled.ts'

const [kills = 200, rows = 2000, seed = 1] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'riffle-kill-'))
const questions = join(folder, 'questions.jsonl')
writeFileSync(questions, Array.from({ length: rows }, (_, number) => `${JSON.stringify({ id: `row-${number}`, question: `What is ${number}?` })}\n`).join(''))
const concurrency = 16

/** Numbers from 0 to below 1 that the seed fixes. */
let state = seed
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647

type Row = Readonly<Record<string, unknown>>
function wholeRows(path: string): Row[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}
const idsOf = (path: string) => wholeRows(path).map(({ id }) => String(id))

function run(out: string, server: Simulator, more: readonly string[], killAfterMs?: number): Promise<number | null> {
  const args = ['batch', questions, '--no-retrieval', '--base-url', server.url, '--model', 'm', '--out', out, '--quiet', '--concurrency', String(concurrency), ...more]
  return runKilled(args, { requests: () => server.record.counts.requests, home: folder, killAfterMs })
}

// So slow that the kills fall all over the run.
const delayMs = { distribution: 'uniform', minMs: 0, maxMs: 150 } as const
const server = await startSimulator({ seed, script: { template: 'About {question}', firstDelayMs: 30, delayMs } })
const out = join(folder, 'answers.jsonl')
const problems: string[] = []
let before: readonly string[] = []
let done = 0
let withRows = 0
let ended = 0
for (let kill = 0; kill < kills; kill++) {
  const code = await run(out, server, [], random() < 0.1 ? -random() * 400 : random() * 1000)
  const ids = idsOf(out)
  const now = new Set(ids)
  if (now.size !== ids.length) problems.push(`kill ${kill}: an id twice`)
  const lost = before.filter((id) => !now.has(id))
  if (lost.length > 0) problems.push(`kill ${kill}: ${lost.length} rows lost`)
  if (ids.length > before.length) withRows++
  before = ids
  if (code === 0) ended++
  else done++
  if (code === 0) {
    // All answered already: the next kills begin anew, with what was asked so far on the books.
    rmSync(out)
    rmSync(`${out}.run.json`)
    before = []
  }
}
const resets = ended
const finished = await run(out, server, ['--ordered'])
const requests = server.record.counts.requests
const allowed = rows * (resets + 1) + done * (concurrency + 64)
if (finished !== 0) problems.push(`the last run ended with ${finished}`)
if (requests > allowed) problems.push(`${requests} requests, allowed ${allowed}`)

const plain = join(folder, 'unbroken.jsonl')
await run(plain, server, ['--ordered'])
const comparable = (row: Row) => JSON.stringify({ ...row, timings: undefined, attempts: undefined })
const [broken, unbroken] = [wholeRows(out).map(comparable), wholeRows(plain).map(comparable)]
if (broken.length !== rows || broken.join('\n') !== unbroken.join('\n')) problems.push('the rows differ from those of an unbroken run')
await server.close()
rmSync(folder, { recursive: true, force: true })

const again = requests - rows * (resets + 1)
console.log(`${done} kills (${ended} runs came to their end first), ${rows} rows, seed ${seed}; ${withRows} runs had added rows when they were killed; Node ${process.versions.node}`)
console.log(`${requests} requests for ${rows * (resets + 1)} rows: ${again} asked again, ${(again / Math.max(1, done)).toFixed(1)} a kill; allowed ${concurrency + 64} a kill`)
console.log(problems.length === 0 ? 'nothing lost, no id twice, rows and order as in an unbroken run' : problems.join('\n'))
process.exit(problems.length === 0 ? 0 : 1)
