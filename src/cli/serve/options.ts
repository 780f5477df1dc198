import type { Argv } from 'yargs'
import { type ModeOptions, withMode } from '../modeOptions.ts'
import { type DataOptions, type ModelOptions, withData, withModel } from '../options.ts'

export interface ServeCommandOptions extends DataOptions, ModelOptions, ModeOptions {
  readonly port: number
  readonly host: string
  readonly token?: string | undefined
  readonly hostName?: readonly string[] | undefined
  readonly origin?: readonly string[] | undefined
  readonly maxRuns: number
  readonly maxQueued: number
  readonly maxConnections: number
  readonly grace: number
  readonly closeTimeout: number
  readonly tokensPerAnswer?: number | undefined
  readonly tokenBudget?: number | undefined
  readonly maxCost?: number | undefined
  readonly price?: readonly string[] | undefined
  readonly accessLog?: string | undefined
  readonly logQuestions: boolean
}

export function withServe(yargs: Argv): Argv {
  return withMode(withModel(withData(yargs)))
    .option('port', { type: 'number', default: 8080, requiresArg: true, describe: '0: a free one' })
    .option('host', { type: 'string', default: '127.0.0.1', requiresArg: true, describe: 'Address to listen on; another than loopback needs a token' })
    .option('token', { type: 'string', requiresArg: true, describe: 'Wanted of every request, 16 characters or more (default: RIFFLE_TOKEN, which other users cannot see)' })
    .option('host-name', { type: 'string', array: true, requiresArg: true, describe: 'Further names under which it may be asked' })
    .option('origin', { type: 'string', array: true, requiresArg: true, describe: 'Other sites whose pages may ask: https://example.com' })
    .option('max-runs', { type: 'number', default: 64, requiresArg: true, describe: 'Answers made at once' })
    .option('max-queued', { type: 'number', default: 64, requiresArg: true, describe: 'Further ones that wait; above that: 503' })
    .option('max-connections', { type: 'number', default: 256, requiresArg: true, describe: 'Connections at once' })
    .option('grace', { type: 'number', default: 10, requiresArg: true, describe: 'Seconds that an answer goes on when nobody watches it' })
    .option('close-timeout', { type: 'number', default: 10, requiresArg: true, describe: 'Seconds that answers have to end after Ctrl-C' })
    .option('tokens-per-answer', { type: 'number', requiresArg: true, describe: 'Bound on the text of an answer, whatever the client asks' })
    .option('token-budget', { type: 'number', requiresArg: true, describe: 'Tokens a day (UTC), of prompts and answers; then 429' })
    .option('max-cost', { type: 'number', requiresArg: true, describe: 'Dollars a day (UTC); then 429' })
    .option('price', { type: 'string', array: true, requiresArg: true, describe: 'MODEL=INPUT,OUTPUT in dollars for a million tokens' })
    .option('access-log', { type: 'string', requiresArg: true, describe: 'File that gets a line of JSON for each request; - is standard output' })
    .option('log-questions', { type: 'boolean', default: false, describe: 'Also the questions, in the access log' })
}
