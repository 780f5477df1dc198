import { type FaultRow, faults, outcomes } from './faults.ts'
import { type PolicyName, policyNames } from './policies.ts'

/** The tables of docs/reliability.md, by the name of the comment above each. */
export const tables = (): Readonly<Record<string, string>> => ({ faults: faultTable(), outcomes: outcomeTable() })

function faultTable(): string {
  return table(
    ['fault', 'error', 'may pass', 'phase', 'status', 'then'],
    faults.map((row) => [row.name, ...errorOf(row), row.outcome]),
  )
}

function errorOf({ error }: FaultRow): string[] {
  if (error === undefined) return ['none', '', '', '']
  const { type, code, retryable, phase, status, retryAfterMs } = error
  const after = retryAfterMs === undefined ? '' : ', `retryAfterMs`'
  return [`\`${type}\` \`${code}\`${after}`, retryable ? 'yes' : 'no', phase, status === undefined ? '' : String(status)]
}

const headings: Readonly<Record<PolicyName, string>> = {
  none: 'no policy',
  limits: '`timeLimits`, `requireFinish`',
  fail: '`retryStream`, `fail`',
  restart: '`retryStream`, `restart`',
  keep: '`retryStream`, `keep`',
  continueAfterCut: '`continueAfterCut`',
  fallback: '`fallback`, `fail`',
  'fallback restart': '`fallback`, `restart`',
}

function outcomeTable(): string {
  return table(
    ['then', ...policyNames.map((policy) => headings[policy])],
    Object.entries(outcomes).map(([name, outcome]) => [name, ...policyNames.map((policy) => `\`${outcome[policy]}\``)]),
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
