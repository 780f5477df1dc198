import type { Argv } from 'yargs'
import type { BatchOptions } from '../batch/options.ts'
import { type ModeOptions, withMode } from '../modeOptions.ts'
import { type DataOptions, type ModelOptions, withData, withModel } from '../options.ts'

export interface BenchOptions extends Omit<DataOptions, 'baseUrl'>, Omit<ModelOptions, 'model' | 'baseUrl' | 'afterCut'>, ModeOptions {
  /** A file of questions; or `report` or `compare` and what they take. */
  readonly words: readonly string[]
  readonly model?: string | readonly string[] | undefined
  readonly baseUrl?: string | readonly string[] | undefined
  readonly simulate?: string | undefined
  readonly compareStreaming: boolean
  readonly concurrency?: string | undefined
  readonly rate?: string | undefined
  readonly arrivals: 'constant' | 'poisson'
  readonly requests?: number | undefined
  readonly duration?: number | undefined
  readonly warmUp?: number | undefined
  readonly seed: number
  readonly inputTokens?: number | undefined
  readonly column?: string | undefined
  readonly inputFormat?: BatchOptions['inputFormat']
  readonly slo?: string | undefined
  readonly maxErrorRate: number
  readonly failOn?: readonly string[] | undefined
  readonly force: boolean
  readonly format: 'text' | 'json'
  readonly out?: string | undefined
}

export function withBench(yargs: Argv): Argv {
  return withMode(withModel(withData(yargs)))
    .positional('words', { type: 'string', array: true, default: [], describe: 'A file of questions (JSONL, text, table); or report RUN, or compare RUN RUN' })
    .option('base-url', { type: 'string', requiresArg: true, describe: 'An OpenAI-compatible server; several are measured side by side' })
    .option('model', { type: 'string', requiresArg: true, describe: 'A model; several are measured side by side' })
    .option('simulate', { type: 'string', describe: 'Measure a scripted server, started for it; its options as a text: --simulate="--delay 5"' })
    .option('compare-streaming', { type: 'boolean', default: false, describe: 'Each target with and without streaming, side by side' })
    .option('concurrency', { type: 'string', requiresArg: true, describe: 'Requests in flight: 8, or 1,8,64 one after the other (default 8); with --rate a bound' })
    .option('rate', { type: 'string', requiresArg: true, describe: 'Requests a second that start whatever became of others: 20, or 10,20,40' })
    .option('arrivals', { choices: ['poisson', 'constant'] as const, default: 'poisson' as const, describe: 'Of --rate: at random times, or evenly spaced' })
    .option('requests', { type: 'number', requiresArg: true, describe: 'Of each target under each load (default 100)' })
    .option('duration', { type: 'number', requiresArg: true, describe: 'Instead: seconds of each load' })
    .option('warm-up', { type: 'number', requiresArg: true, describe: 'Requests before, which open the connections and are not measured (default: the concurrency)' })
    .option('seed', { type: 'number', default: 1, requiresArg: true, describe: 'Of prompts and arrivals' })
    .option('input-tokens', { type: 'number', requiresArg: true, describe: 'Without a file of questions: tokens of each prompt (default 100)' })
    .option('input-format', { choices: ['jsonl', 'text', 'csv', 'tsv'] as const, describe: 'Of the questions. Default: by the name of the file, else by its content' })
    .option('column', { type: 'string', requiresArg: true, describe: 'Of a table: where the question is (default question)' })
    .option('max-retries', { type: 'number', default: 0, requiresArg: true, describe: 'Further attempts; TTFT counts from the first send' })
    .option('timeout', { type: 'number', default: 120, requiresArg: true, describe: 'Longest silence of a model, in seconds: then the request failed' })
    .option('slo', { type: 'string', requiresArg: true, describe: 'Limits for goodput: ttft<300ms,itl<50ms (also wait, latency, retrieve, …)' })
    .option('max-error-rate', { type: 'number', default: 0.1, requiresArg: true, describe: 'Exit 1 when a larger share of the requests failed' })
    .option('fail-on', { type: 'string', array: true, requiresArg: true, describe: "Of compare: exit 1 when it holds: 'ttft.p90>+5%'" })
    .option('force', { type: 'boolean', default: false, describe: 'Replace a run in --out; of compare: also runs of different workloads' })
    .option('format', { choices: ['text', 'json'] as const, default: 'text' as const, describe: 'json: the summary on standard output' })
    .option('out', { type: 'string', requiresArg: true, describe: 'A folder for requests.jsonl, summary.json and report.html' })
}
