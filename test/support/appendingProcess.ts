/**
 * A process of its own that appends lines until it is ended: `node appendingProcess.ts FILE LINES GROUP_LINES`.
 * Prints the number of each line once it is acknowledged, then `error MESSAGE` or `done`.
 */
import { openAppendLog } from '../../src/internal/appendLog/appendLog.ts'

const [path = '', lines = '1000', groupLines = '8'] = process.argv.slice(2)
let found = 0
const log = await openAppendLog(path, () => found++, { groupLines: Number(groupLines), groupMs: 5 })
const acknowledged: Promise<void>[] = []
const failures: unknown[] = []
for (let number = found; number < Number(lines) && failures.length === 0; number++) {
  const line = JSON.stringify({ number, filler: 'ü'.repeat(number % 97) })
  const told = log.append(line).then(
    () => void process.stdout.write(`${number}\n`),
    (error: unknown) => void failures.push(error),
  )
  acknowledged.push(told)
  if (number % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
}
await Promise.all(acknowledged)
await log.close()
process.stdout.write(failures.length === 0 ? 'done\n' : `error ${String(failures[0])}\n`)
