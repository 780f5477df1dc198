import { note } from '../print.ts'
import { count } from '../progress.ts'
import type { BatchCounts } from './counts.ts'
import { dollars, duration } from './panelLines.ts'

export interface BatchEnd {
  readonly counts: Readonly<BatchCounts>
  readonly skipped: number
  readonly out: string
  readonly seconds: number
  readonly stopped: 'interrupted' | 'budget' | 'refused' | undefined
  /** Rows of the output, of all runs. */
  readonly rows: number
  readonly failures: number
}

/** What was done, and the command to go on with. */
export function summarize({ counts, skipped, out, seconds, stopped, rows, failures }: BatchEnd): void {
  const { total, answered, failed, inputTokens, outputTokens, cost } = counts
  const paid = cost > 0 ? `, ${dollars(cost)}` : ''
  note(
    `${stopped === undefined ? 'Done' : stopped === 'budget' ? 'Budget reached' : 'Stopped'}: ${count(answered)} answered, ${count(failed)} failed in ${duration(seconds)}` +
      `${skipped > 0 ? `; ${count(skipped)} were done before` : ''} (${count(inputTokens)} tokens in, ${count(outputTokens)} out${paid}).`,
  )
  note(`${out} has ${count(rows, 'row')} for ${count(total, 'question')}${failures > 0 ? `; ${count(failures)} in ${out}.failed.jsonl` : ''}.`)
  if (counts.errors.size > 0) note(`Failed: ${[...counts.errors].map(([code, times]) => `${code} ${count(times)}`).join(', ')}.`)
  // What a refusal asks for is said with it.
  if (stopped === 'refused') return
  if (stopped !== undefined) note(`To go on: ${commandAgain()}`)
  else if (failures > 0) note(`To ask again what failed: ${commandAgain('--retry-failed')}`)
}

/** The command that is running, as a shell takes it, with these options too. */
export function commandAgain(...more: readonly string[]): string {
  const words = process.argv.slice(2)
  const end = words.includes('--') ? words.indexOf('--') : words.length
  return ['riffle', ...words.toSpliced(end, 0, ...more.filter((option) => !words.includes(option)))].map(quoted).join(' ')
}

/** As a shell takes it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
