import type { LoadEnd, RequestSample, RunInfo, RunLine } from '../../benchmark/run.ts'

type Fields = Readonly<Record<string, unknown>>

/** A line of a run's file; undefined when it is none. The first has to be the run itself, and all others belong to it. */
export function runLineOf(text: string | undefined, info: RunInfo | undefined): RunLine | undefined {
  const line = asObject(parsed(text))
  if (line === undefined) return undefined
  if (info === undefined) return isRun(line) ? (line as unknown as RunInfo) : undefined
  const belongs = isPlace(line['target'], info.targets) && isPlace(line['load'], info.loads)
  if (!belongs) return undefined
  if (isRequest(line)) return line as unknown as RequestSample
  return isEnd(line) ? (line as unknown as LoadEnd) : undefined
}

function isRun({ type, targets, loads, workload, slo, machine }: Fields): boolean {
  return type === 'run' && isList(targets) && isList(loads) && isList(slo) && asObject(workload) !== undefined && asObject(machine) !== undefined
}

function isRequest({ type, times, startedMs, endedMs, chunks, stalls, error }: Fields): boolean {
  const values = Object.values(asObject(times) ?? { none: Number.NaN })
  const failed = error === undefined || typeof asObject(error)?.['code'] === 'string'
  return type === 'request' && failed && [startedMs, endedMs, chunks, stalls, ...values].every((value) => Number.isFinite(value))
}

function isEnd({ type, seconds, gaps, itl, self }: Fields): boolean {
  return type === 'load' && Number.isFinite(seconds) && isHistogram(gaps) && isHistogram(itl) && asObject(asObject(self)?.['loopDelayMs']) !== undefined
}

function isHistogram(value: unknown): boolean {
  const { cells, counts, sum } = asObject(value) ?? {}
  return Array.isArray(cells) && Array.isArray(counts) && cells.length === counts.length && Number.isFinite(sum)
}

function isPlace(value: unknown, list: readonly unknown[]): boolean {
  return Number.isSafeInteger(value) && list[value as number] !== undefined
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => asObject(item) !== undefined)
}

function asObject(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
