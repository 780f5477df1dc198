import { InputError } from '../../errors.ts'
import type { ServeCommandOptions } from './options.ts'

const minTokenLength = 16

/** Finds what cannot work, or would be open to everybody, before anything is read. */
export function checkServe(options: ServeCommandOptions, token: string | undefined): void {
  const { host, hostName = [], origin = [] } = options
  whole('--port', options.port, 0, 65_535)
  whole('--max-runs', options.maxRuns, 1)
  whole('--max-queued', options.maxQueued, 0)
  whole('--max-connections', options.maxConnections, 1)
  whole('--tokens-per-answer', options.tokensPerAnswer, 1)
  whole('--token-budget', options.tokenBudget, 1)
  seconds('--grace', options.grace)
  seconds('--close-timeout', options.closeTimeout)
  if (options.maxCost !== undefined && !(options.maxCost > 0)) throw new InputError(`Expected --max-cost to be dollars above 0, got ${options.maxCost}.`)
  // The token itself is not shown.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new InputError('Expected --token to be letters, digits and signs without blanks.')
  if (token !== undefined && token.length < minTokenLength) throw new InputError(`Expected --token to have ${minTokenLength} characters or more: openssl rand -hex 16 makes one.`)
  if (!isLoopback(host) && token === undefined) {
    throw new InputError(`Listening on ${host} lets other machines ask, so it needs a token: set RIFFLE_TOKEN, or give --token.`)
  }
  for (const name of hostName) {
    if (!/^[\w.-]+$|^\[[\da-f:.]+\]$/i.test(name)) throw new InputError(`Expected --host-name to be a name without scheme and port, as rag.example.com, got ${name}.`)
  }
  for (const site of origin) {
    if (URL.parse(site)?.origin !== site) throw new InputError(`Expected --origin to be scheme, name and port, as https://example.com, got ${site}.`)
  }
  if (options.logQuestions && options.accessLog === undefined) throw new InputError('Expected --access-log FILE with --log-questions.')
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

function whole(name: string, value: number | undefined, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return
  throw new InputError(`Expected ${name} to be a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ''}, got ${shown(value)}.`)
}

function seconds(name: string, value: number): void {
  if (!(value >= 0 && value <= 86_400)) throw new InputError(`Expected ${name} to be seconds, from 0 to 86400, got ${shown(value)}.`)
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'no number' : String(value)
}
