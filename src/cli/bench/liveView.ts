import { createHistogram } from '../../benchmark/histogram.ts'
import { ms } from '../../benchmark/notes.ts'
import type { LoadInfo, RequestSample, TargetInfo } from '../../benchmark/run.ts'
import { bar, fitted } from '../panel.ts'
import { safe } from '../print.ts'
import { count } from '../progress.ts'
import { rate } from './table.ts'

/** What a running load looks like: a line a target. */
export interface LiveView {
  start(load: LoadInfo): void
  take(sample: RequestSample): void
  lines(columns: number): string[]
  plain(): string
}

export function createLiveView(targets: readonly TargetInfo[], amount: { readonly requests?: number; readonly seconds?: number }): LiveView {
  const fresh = () => targets.map(() => ({ ended: 0, failed: 0, waits: createHistogram(), firsts: createHistogram() }))
  let load: LoadInfo | undefined
  let startedAt = performance.now()
  let parts = fresh()

  const seconds = () => (performance.now() - startedAt) / 1000
  const share = () => {
    const ended = parts.reduce((sum, part) => sum + part.ended, 0)
    return Math.min(1, amount.requests === undefined ? seconds() / (amount.seconds ?? 1) : ended / (amount.requests * targets.length))
  }
  const state = (place: number) => {
    const part = parts[place]
    if (part === undefined) return ''
    const times = part.waits.count === 0 ? '' : ` · wait ${ms(part.waits.quantile(0.5))}, 9 of 10 by ${ms(part.waits.quantile(0.9))} · TTFT ${ms(part.firsts.quantile(0.5))}`
    const failures = part.failed === 0 ? '' : ` · ${count(part.failed)} failed`
    return `${count(part.ended)} done${failures} · ${rate(part.ended / seconds())}/s${times}`
  }

  return {
    start(next) {
      load = next
      startedAt = performance.now()
      parts = fresh()
    },
    take({ target, error, times }) {
      const part = parts[target]
      if (part === undefined) return
      part.ended++
      if (error !== undefined) part.failed++
      if (times.waitMs !== undefined) part.waits.add(times.waitMs)
      if (times.ttftMs !== undefined) part.firsts.add(times.ttftMs)
    },
    lines: (columns) =>
      [`Measuring: ${load?.name ?? 'warm-up'}`, bar(share(), `${Math.round(share() * 100)} %`, Math.min(columns, 100)), ...targets.flatMap(({ name }, place) => [safe(name), `  ${state(place)}`])].map((line) =>
        fitted(line, columns),
      ),
    plain: () => `${load?.name ?? 'warm-up'}, ${Math.round(share() * 100)} %: ${targets.map(({ name }, place) => `${safe(name)} ${state(place)}`).join('; ')}`,
  }
}
