import type { Argv } from 'yargs'

export interface SimulateOptions {
  readonly port: number
  readonly script?: string | undefined
  readonly text?: string | undefined
  readonly answers?: string | undefined
  readonly tokens?: number | undefined
  readonly tokensPerEvent?: number | undefined
  readonly reasoning?: string | undefined
  readonly usage?: 'asked' | 'always' | 'never' | undefined
  readonly headersDelay?: string | undefined
  readonly firstDelay?: string | undefined
  readonly delay?: string | undefined
  readonly fault?: readonly string[] | undefined
  readonly faultRate?: number | undefined
  readonly seed?: number | undefined
  readonly rpm?: number | undefined
  readonly tpm?: number | undefined
  readonly requireKey?: string | undefined
  readonly model?: readonly string[] | undefined
}

export function withScript(yargs: Argv): Argv {
  return yargs
    .option('port', { type: 'number', default: 0, requiresArg: true, describe: 'Port on 127.0.0.1; 0: a free one' })
    .option('script', { type: 'string', requiresArg: true, describe: 'JSON file that says how each request is answered (docs/simulator.md)' })
    .option('answers', { type: 'string', requiresArg: true, describe: '.jsonl of {"question", "text"}, or a text file that is the answer' })
    .option('text', { type: 'string', requiresArg: true, describe: 'The answer' })
    .option('tokens', { type: 'number', requiresArg: true, describe: 'An answer of exactly so many tokens' })
    .option('tokens-per-event', { type: 'number', requiresArg: true, describe: 'Tokens in one event (default 1)' })
    .option('reasoning', { type: 'string', requiresArg: true, describe: 'Reasoning before the answer' })
    .option('usage', { choices: ['asked', 'always', 'never'] as const, describe: 'When usage is reported (default asked)' })
    .option('headers-delay', { type: 'string', requiresArg: true, describe: 'Milliseconds to the headers' })
    .option('first-delay', { type: 'string', requiresArg: true, describe: 'From the headers to the first text' })
    .option('delay', { type: 'string', requiresArg: true, describe: 'From event to event: 50, uniform:20-80, exponential:50, lognormal:50,0.4' })
    .option('fault', { type: 'string', array: true, requiresArg: true, describe: 'What goes wrong: KIND or KIND:AFTER, such as close:5 (events), cut:200b (bytes), status:503; one of several is drawn' })
    .option('fault-rate', { type: 'number', requiresArg: true, describe: 'Share of the requests with a fault, 0 to 1 (default 1)' })
    .option('seed', { type: 'number', requiresArg: true, describe: 'Another seed draws other delays, answers and faults (default 1)' })
    .option('rpm', { type: 'number', requiresArg: true, describe: 'Requests a minute; more get 429' })
    .option('tpm', { type: 'number', requiresArg: true, describe: 'Tokens a minute; more get 429' })
    .option('require-key', { type: 'string', requiresArg: true, describe: 'Refuse requests without this key' })
    .option('model', { type: 'string', array: true, requiresArg: true, describe: 'Names of models that exist (default: every name)' })
}
