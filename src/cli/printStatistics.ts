import type { Timings } from '../operators/measure.ts'
import type { Completion } from '../types/completion.ts'
import { dim, note } from './print.ts'
import { count } from './progress.ts'

/** One line: passages, time to the first text, whole time, tokens. Verbose: the stages too. */
export function printStatistics({ sources, usage, finishReason }: Completion, timings: Timings, verbose: boolean): void {
  const parts = [
    count(sources.length, 'passage'),
    ...(timings.waitMs === undefined ? [] : [`first text after ${milliseconds(timings.waitMs)}`]),
    ...(timings.latencyMs === undefined ? [] : [`${milliseconds(timings.latencyMs)} in all`]),
    ...(usage === undefined ? [] : [`${usage.from === 'server' ? '' : 'about '}${count(usage.inputTokens)} tokens in, ${count(usage.outputTokens)} out`]),
    ...(finishReason === 'stop' ? [] : [finishReason]),
  ]
  note(dim(`\n${parts.join(' · ')}`))
  if (!verbose) return
  const stages = Object.entries(timings).filter(([name, value]) => name.endsWith('Ms') && typeof value === 'number')
  note(dim(stages.map(([name, value]) => `${name} ${Number(value).toFixed(1)}`).join(' · ')))
}

function milliseconds(value: number): string {
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`
}
