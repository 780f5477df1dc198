import type { FinishReason, Usage } from '../types/chunk.ts'
import type { Price } from './api.ts'
import type { Turn } from './turn.ts'

type Fact = readonly [name: string, value: string]

const reasons: Partial<Readonly<Record<FinishReason | 'error', string>>> = {
  stopped: 'Stopped', length: 'Cut at its limit', partial: 'Partial', 'content-filter': 'Ended by a filter',
}

/** What it took, for people. */
export function factsOf({ firstTextMs, totalMs, usage, ended }: Turn, price: Price | undefined): readonly Fact[] {
  const reason = ended === undefined ? undefined : reasons[ended]
  const facts: (Fact | undefined)[] = [
    reason === undefined ? undefined : ['State', reason],
    firstTextMs === undefined ? undefined : ['First text', seconds(firstTextMs)],
    totalMs === undefined ? undefined : ['Total', seconds(totalMs)],
    ...(usage === undefined || usage.inputTokens + usage.outputTokens === 0 ? [] : usageFacts(usage, price)),
  ]
  return facts.filter((fact) => fact !== undefined)
}

function usageFacts(usage: Usage, price: Price | undefined): readonly Fact[] {
  const about = usage.from === 'server' ? '' : 'about '
  const tokens: Fact = ['Tokens', `${about}${usage.inputTokens.toLocaleString('en')} in, ${usage.outputTokens.toLocaleString('en')} out`]
  return price === undefined ? [tokens] : [tokens, ['Cost', dollars(costOf(usage, price))]]
}

function costOf({ calls, inputTokens, outputTokens }: Usage, { input, cachedInput = input, output }: Price): number {
  const all = calls.length > 0 ? calls : [{ inputTokens, outputTokens, cachedInputTokens: 0 }]
  return all.reduce((sum, call) => {
    const cached = call.cachedInputTokens ?? 0
    return sum + (call.inputTokens - cached) * input + cached * cachedInput + call.outputTokens * output
  }, 0) / 1e6
}

/** Two figures that say something, however little it is. */
function dollars(cost: number): string {
  if (cost === 0) return '$0'
  return cost >= 0.995 ? `$${cost.toFixed(2)}` : `$${cost.toFixed(Math.min(6, 1 - Math.floor(Math.log10(cost))))}`
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
