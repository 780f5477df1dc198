// `riffle batch` with plain prompts against a scripted server at no delay: rows a second, and memory as the rows grow.
//   node bench/batch.ts [rows …]      default 10000 100000; the full run is 1000000
// The server runs in a process of its own. LangChain.js `.batch` at the same concurrency, with an array in memory, in the same run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { installPeers } from './installPeers.ts'
import { machine, median } from './machine.ts'

const concurrency = 64
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000]
const command = fileURLToPath(new URL('../bin/riffle.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
const env = { PATH: process.env['PATH'] ?? '', HOME: folder }

const server = spawn(process.execPath, [command, 'simulate', '--text', 'Forty-two.', '--tokens-per-event', '100'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
const [url] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]

console.log(machine())
const table = []
for (const rows of sizes) {
  const questions = join(folder, `questions-${rows}.jsonl`)
  const writer = createWriteStream(questions)
  for (let number = 0; number < rows; number++) {
    if (!writer.write(`${JSON.stringify({ id: `row-${number}`, question: `What is ${number}?` })}\n`)) await once(writer, 'drain')
  }
  writer.end()
  await once(writer, 'close')
  const out = join(folder, `answers-${rows}.jsonl`)
  const started = performance.now()
  const child = spawn(process.execPath, [command, 'batch', questions, '--no-retrieval', '--base-url', url, '--model', 'm', '--out', out, '--quiet', '--concurrency', String(concurrency)], { env, stdio: 'ignore' })
  const resident: number[] = []
  const watch = setInterval(() => {
    const status = `/proc/${child.pid}/status`
    const found = existsSync(status) ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8')) : null
    if (found) resident.push(Number(found[1]) / 1024)
  }, 100)
  const [code] = (await once(child, 'close')) as [number]
  clearInterval(watch)
  const seconds = (performance.now() - started) / 1000
  const third = Math.ceil(resident.length / 3)
  table.push({
    program: 'riffle batch', rows, exit: code, 'rows a second': Math.round(rows / seconds), 'resident MiB, first third': Math.round(median(resident.slice(0, third))),
    'last third': Math.round(median(resident.slice(-third))), peak: Math.round(Math.max(...resident)),
  })
}
const peer = await langchain(Math.min(10_000, ...sizes))
if (peer !== undefined) table.push(peer)
console.table(table)
server.kill()
rmSync(folder, { recursive: true, force: true })

async function langchain(rows: number) {
  const modules = peers()
  if (modules === undefined) return undefined
  const program = `
    import { ChatOpenAI } from '@langchain/openai'
    const model = new ChatOpenAI({ model: 'm', apiKey: 'none', maxRetries: 0, configuration: { baseURL: ${JSON.stringify(url)} } })
    const inputs = Array.from({ length: ${rows} }, (_, number) => 'What is ' + number + '?')
    const started = performance.now()
    const answers = await model.batch(inputs, { maxConcurrency: ${concurrency} })
    console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, rows: answers.length, peak: process.resourceUsage().maxRSS / 1024 }))
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: modules, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  await once(child, 'close')
  const { seconds, peak } = JSON.parse(printed) as { seconds: number; peak: number }
  return { program: 'LangChain.js .batch', rows, exit: 0, 'rows a second': Math.round(rows / seconds), 'resident MiB, first third': 0, 'last third': 0, peak: Math.round(peak) }
}

/** The folder where the peers are installed; undefined when they cannot be had. */
function peers(): string | undefined {
  try {
    return installPeers()
  } catch (error) {
    console.log(`peers left out: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}
