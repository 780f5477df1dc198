import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type SimulatorOptions, startSimulator } from 'riffle-rx/simulator'
import { wholeRows, writeQuestions } from './killedBatch.ts'
import { type RunOptions, runRiffle, temporaryFolder } from './runRiffle.ts'

/** A folder with questions, and a command that answers them by a scripted model. */
export async function batchOf(count: number, options: SimulatorOptions = { script: { template: 'About {question}' } }) {
  const folder = temporaryFolder()
  const server = await startSimulator(options)
  onTestFinished(() => server.close())
  const questions = writeQuestions(folder, count)
  const out = join(folder, 'answers.jsonl')
  const args = [questions, '--no-retrieval', '--base-url', server.url, '--model', 'm', '--out', out]
  const run = (more: readonly string[] = [], runOptions: RunOptions = {}) => runRiffle(['batch', ...args, ...more], runOptions)
  return { folder, server, questions, out, args, run }
}

/** Of the whole rows of a file, in their order. */
export const idsOf = (path: string) => wholeRows(path).map(({ id }) => String(id))
export const idsInOrder = (count: number) => Array.from({ length: count }, (_, number) => `row-${number}`)

/** Sends a signal once the output has so many rows. */
export function signalAt(out: string, rows: number, ...signals: readonly NodeJS.Signals[]): RunOptions {
  return {
    onStart(child) {
      const timer = setInterval(() => {
        if (wholeRows(out).length < rows) return
        clearInterval(timer)
        for (const signal of signals) child.kill(signal)
      }, 5)
      child.on('close', () => clearInterval(timer))
    },
  }
}
