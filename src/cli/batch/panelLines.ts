import { quantile } from '../../internal/quantiles.ts'
import { bar, fitted } from '../panel.ts'
import { count } from '../progress.ts'
import type { BatchCounts } from './counts.ts'

export interface PanelState {
  readonly counts: Readonly<BatchCounts>
  /** Questions that a run before this one had answered, or failed at. */
  readonly skipped: number
  readonly out: string
  readonly seconds: number
  readonly stopping: boolean
}

/** The panel, line by line, each short enough for `columns`. */
export function panelLines(state: PanelState, columns: number): string[] {
  const { counts, out, skipped } = state
  const { total, answered, failed, inFlight } = counts
  const done = skipped + answered + failed
  const lines = [
    `${state.stopping ? 'Stopping' : 'Answering'} ${count(total, 'question')} into ${out}`,
    bar(total === 0 ? 1 : done / total, `${count(done)} of ${count(total)}`, Math.min(columns, 100)),
    parts(`${count(answered)} answered`, failed > 0 && `${count(failed)} failed`, `${count(inFlight)} in flight`, skipped > 0 && `${count(skipped)} from before`),
    parts(...pace(state)),
    parts(`${count(counts.inputTokens)} tokens in, ${count(counts.outputTokens)} out`, ...money(state)),
    counts.errors.size > 0 && parts(...[...counts.errors].map(([code, times]) => `${code} ${count(times)}`)),
  ]
  return lines.filter((line) => line !== false && line !== '').map((line) => fitted(String(line), columns))
}

/** One line that says the same, for a log. */
export function plainLine(state: PanelState): string {
  const { counts, skipped } = state
  const { total, answered, failed, inFlight } = counts
  return parts(`${count(skipped + answered + failed)} of ${count(total)} done`, failed > 0 && `${count(failed)} failed`, `${count(inFlight)} in flight`, ...pace(state), ...money(state))
}

function pace({ counts, skipped, seconds }: PanelState): string[] {
  const ended = counts.answered + counts.failed
  const rate = ended / seconds
  const left = counts.total - skipped - ended
  const waits = counts.waits.toSorted((a, b) => a - b)
  return [
    `${rate < 10 ? rate.toFixed(1) : count(rate)} a second`,
    ...(ended === 0 || left <= 0 ? [] : [`${duration(left / rate)} left`]),
    ...(waits.length === 0 ? [] : [`first text after ${duration(quantile(waits, 0.5) / 1000)}, 9 of 10 by ${duration(quantile(waits, 0.9) / 1000)}`]),
  ]
}

/** Nothing when nothing is paid, or nobody knows how much. */
function money({ counts: { cost, answered, failed, total }, skipped }: PanelState): string[] {
  const ended = answered + failed
  if (!(cost > 0) || ended === 0) return []
  return [`${dollars(cost)} so far, about ${dollars((cost / ended) * (total - skipped))} in all`]
}

export function dollars(amount: number): string {
  return `$${amount < 1 ? amount.toFixed(4) : amount.toFixed(2)}`
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

function parts(...texts: readonly (string | false)[]): string {
  return texts.filter((text) => text !== false && text !== '').join(' · ')
}
