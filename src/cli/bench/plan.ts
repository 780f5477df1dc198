import { existsSync, statSync } from 'node:fs'
import { type TimeMetric, timeMetrics } from '../../benchmark/metrics.ts'
import type { LoadInfo, SloLimit } from '../../benchmark/run.ts'
import { InputError } from '../../errors.ts'
import { checkOptions } from '../checkOptions.ts'
import { checkMode } from '../modeOptions.ts'
import { checkTable } from '../checkTable.ts'
import type { BenchOptions } from './options.ts'

const mostConcurrency = 100_000
const mostRequests = 10_000_000

/** How a run is made, read from the options. */
export interface Plan {
  readonly loads: readonly LoadInfo[]
  readonly requests?: number
  readonly seconds?: number
  readonly warmUp: number
  readonly slo: readonly SloLimit[]
}

/** Finds what cannot work before anything is asked; names options as they are typed. */
export function planOf(options: BenchOptions): Plan {
  const { out: _, ...rest } = options
  checkOptions(rest)
  const { requests, duration, seed, inputTokens, maxErrorRate, out } = options
  expectWhole('--requests', requests, 1, mostRequests)
  expectWhole('--warm-up', options.warmUp, 0, mostConcurrency)
  expectWhole('--seed', seed, 0)
  expectWhole('--input-tokens', inputTokens, 1, 1_000_000)
  if (requests !== undefined && duration !== undefined) throw new InputError('Expected either --requests or --duration.')
  if (duration !== undefined && !(duration > 0 && duration <= 1e6)) throw new InputError(`Expected --duration to be seconds, above 0 and up to 1000000, got ${duration}.`)
  if (!(maxErrorRate >= 0 && maxErrorRate <= 1)) throw new InputError(`Expected --max-error-rate to be a number from 0 to 1, got ${maxErrorRate}.`)
  if (out !== undefined && existsSync(out) && !statSync(out).isDirectory()) throw new InputError(`Expected --out to be a folder, ${out} is a file.`)
  if (out?.trim() === '') throw new InputError('Expected --out to be the name of a folder, got an empty text.')
  checkUse(options)
  checkMode(options)
  const loads = loadsOf(options)
  const tooMany = loads.find(({ rate = 0 }) => rate * (duration ?? 0) > mostRequests)
  if (tooMany) throw new InputError(`${tooMany.name} for ${duration} s are more than ${mostRequests} requests.`)
  const most = Math.max(...loads.map(({ concurrency = 16 }) => concurrency))
  return {
    loads,
    ...(duration === undefined ? { requests: requests ?? 100 } : { seconds: duration }),
    warmUp: options.warmUp ?? most,
    slo: options.slo === undefined ? [] : options.slo.split(',').map(sloLimit),
  }
}

/** Options that would change nothing, which is not what was meant. */
function checkUse({ words: [questions], column, inputFormat, inputTokens }: BenchOptions): void {
  if (questions === undefined) {
    for (const [name, value] of Object.entries({ '--column': column, '--input-format': inputFormat })) {
      if (value !== undefined) throw new InputError(`${name} is for a file of questions, and none is given.`)
    }
  } else {
    if (column !== undefined) checkTable('--column', questions, inputFormat)
    if (inputTokens !== undefined) throw new InputError('--input-tokens is for synthetic prompts: give either that or a file of questions.')
  }
}

function loadsOf({ concurrency, rate, arrivals }: BenchOptions): LoadInfo[] {
  const counts = concurrency === undefined ? undefined : numbersIn('--concurrency', concurrency, `a whole number from 1 to ${mostConcurrency}`, (value) => Number.isSafeInteger(value) && value >= 1 && value <= mostConcurrency)
  if (rate === undefined) return (counts ?? [8]).map((count) => ({ name: `${count} at once`, kind: 'closed', concurrency: count }))
  if (counts !== undefined && counts.length > 1) throw new InputError('Expected one --concurrency beside --rate: the bound on requests in flight.')
  const [bound] = counts ?? []
  return numbersIn('--rate', rate, 'a number above 0, up to 1000000', (value) => value > 0 && value <= 1e6).map((perSecond) => ({
    name: `${perSecond} a second${bound === undefined ? '' : `, at most ${bound} at once`}`,
    kind: 'open', rate: perSecond, arrivals, ...(bound !== undefined && { concurrency: bound }),
  }))
}

function numbersIn(flag: string, list: string, what: string, isRight: (value: number) => boolean): number[] {
  const values = list.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)))
  if (!values.every(isRight)) throw new InputError(`Expected ${flag} to be ${what}, or several as 1,8,64, got ${JSON.stringify(list)}.`)
  if (new Set(values).size < values.length) throw new InputError(`${flag} ${list} has a number twice.`)
  return values
}

/** `ttft<300ms`, `latency<2s`. */
function sloLimit(text: string): SloLimit {
  const [, name = '', amount = '', unit = ''] = /^\s*([a-z]+)\s*<\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*$/i.exec(text) ?? []
  if (name === '') throw new InputError(`Expected --slo to be limits such as ttft<300ms,itl<50ms, got ${JSON.stringify(text)}.`)
  return { metric: metricNamed(name, '--slo'), belowMs: Number(amount) * (unit.toLowerCase() === 's' ? 1000 : 1) }
}

/** `ttft` for `ttftMs`, in any case. */
export function metricNamed(name: string, flag: string): TimeMetric {
  const found = timeMetrics.find((metric) => metric.toLowerCase() === `${name.toLowerCase()}ms`)
  if (found === undefined) throw new InputError(`${flag} does not know ${JSON.stringify(name)}: it knows ${timeMetrics.map((metric) => metric.slice(0, -2)).join(', ')}.`)
  return found
}

function expectWhole(flag: string, value: number | undefined, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new InputError(`Expected ${flag} to be a whole number ${range}, got ${Number.isNaN(value) ? 'no number' : value}.`)
}
