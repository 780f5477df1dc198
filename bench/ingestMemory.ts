// Peak memory of `riffle index` over a tenth of the files and over all: it must not follow the corpus.
//   node bench/ingestMemory.ts [files] [bytes per file]      default 10000 files of 10000 bytes: 100 MB
// Linux only: the peak is VmHWM of the process.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { machine } from './machine.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = Number(process.argv[2] ?? 10_000)
const bytesPerFile = Number(process.argv[3] ?? 10_000)
const folder = mkdtempSync(join(tmpdir(), 'riffle-bench-'))
execFileSync(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'], { stdio: 'inherit' })

const rows = []
for (const count of [files / 10, files]) {
  const data = join(folder, String(count))
  const index = join(folder, `${count}.sqlite`)
  generate(data, count)
  const started = performance.now()
  const peak = await peakOf([join(root, 'bin/riffle.js'), 'index', '--data', data, '--index', index, '--quiet'])
  const seconds = (performance.now() - started) / 1000
  const megabytes = (count * bytesPerFile) / 1e6
  rows.push({
    files: count, 'MB of text': megabytes, 'peak MB': Math.round(peak / 1024), seconds: seconds.toFixed(1),
    'MB/s': (megabytes / seconds).toFixed(1), 'index MB': (statSync(index).size / 1e6).toFixed(0),
  })
}
rmSync(folder, { recursive: true, force: true })
console.log(machine())
console.table(rows)

/** Sentences of invented words, with a vocabulary of some ten thousand, as text has it: few frequent words, many rare ones. */
function generate(data: string, count: number): void {
  const syllables = 'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu'.split(' ')
  let seed = 11
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
  const vocabulary = Array.from({ length: 12_000 }, () => Array.from({ length: 1 + Math.floor(random() * 4) }, () => syllables[Math.floor(random() * syllables.length)]).join(''))
  const word = () => vocabulary[Math.floor(vocabulary.length * random() ** 3)]!
  for (let number = 0; number < count; number++) {
    const sub = join(data, String(Math.floor(number / 500)))
    mkdirSync(sub, { recursive: true })
    let text = `# Report ${number}\n\n`
    while (text.length < bytesPerFile) {
      const sentence = Array.from({ length: 6 + Math.floor(random() * 14) }, word).join(' ')
      text += `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.${random() < 0.15 ? '\n\n' : ' '}`
    }
    writeFileSync(join(sub, `${number}.md`), text)
  }
}

/** KiB. */
function peakOf(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'] ?? '', HOME: folder }, stdio: ['ignore', 'ignore', 'inherit'] })
    let peak = 0
    const timer = setInterval(() => {
      try {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0))
      } catch {
        // It has just ended.
      }
    }, 20)
    child.on('close', (code) => {
      clearInterval(timer)
      if (code === 0) resolve(peak)
      else reject(new Error(`riffle index ended with ${code}`))
    })
  })
}
