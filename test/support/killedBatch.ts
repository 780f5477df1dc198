import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command } from './runRiffle.ts'

/** Of a file of rows, those that are whole: what a reader may count on after a crash. */
export function wholeRows(path: string): Record<string, unknown>[] {
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** A row without what differs from run to run. */
export function comparable(row: Record<string, unknown>): Record<string, unknown> {
  const { timings: _, attempts: __, failures: ___, ...rest } = row
  return rest
}

export function writeQuestions(folder: string, count: number): string {
  const path = join(folder, 'questions.jsonl')
  writeFileSync(path, Array.from({ length: count }, (_, number) => `${JSON.stringify({ id: `row-${number}`, question: `What is ${number}?` })}\n`).join(''))
  return path
}

/** Runs `riffle batch` and kills it so many milliseconds after `begun` has become true. True when it came to its end before. */
export function killedRun(args: readonly string[], home: string, begun: () => boolean, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [command, 'batch', ...args], { env: { PATH: process.env['PATH'] ?? '', HOME: home }, stdio: 'ignore' })
  let killer: NodeJS.Timeout | undefined
  const watch = setInterval(() => {
    if (begun()) killer ??= setTimeout(() => child.kill('SIGKILL'), afterMs)
  }, 1)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      clearTimeout(killer)
      resolve(code === 0)
    })
  })
}
