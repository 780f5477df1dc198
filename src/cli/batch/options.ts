import type { Argv } from 'yargs'
import { InputError } from '../../errors.ts'
import type { Retrieval } from '../../types/ports.ts'
import { type ModeOptions, withMode } from '../modeOptions.ts'
import { type DataOptions, type ModelOptions, withDocuments, withModel } from '../options.ts'
import { type RankOptions, withRanking } from '../rankOptions.ts'

export interface BatchOptions extends Omit<DataOptions, 'retrieval'>, ModelOptions, ModeOptions, RankOptions {
  readonly questions: string
  readonly out: string
  readonly files?: string | undefined
  readonly format: 'jsonl' | 'openai-batch'
  readonly inputFormat?: 'jsonl' | 'text' | 'csv' | 'tsv' | undefined
  readonly column?: string | undefined
  readonly idColumn?: string | undefined
  /** False: `--no-retrieval`. */
  readonly retrieval?: DataOptions['retrieval'] | false
  readonly concurrency: number
  readonly rpm?: number | undefined
  readonly tpm?: number | undefined
  readonly fallbackModel?: readonly string[] | undefined
  readonly rowTimeout?: number | undefined
  readonly maxCost?: number | undefined
  readonly tokenBudget?: number | undefined
  readonly price?: readonly string[] | undefined
  readonly skipBad: boolean
  readonly retryFailed: boolean
  readonly force: boolean
  readonly ordered: boolean
  readonly sync: 'grouped' | 'every'
}

export function withBatch(yargs: Argv): Argv {
  return withRanking(withMode(withModel(withDocuments(yargs))), ['offline', 'llm'])
    .positional('questions', { type: 'string', describe: 'JSONL, a text with a question a line, or a table; - is standard input' })
    .option('out', { type: 'string', requiresArg: true, demandOption: 'Name the file for the answers: --out FILE.', describe: 'Rows are added to this file; run again to go on' })
    .option('files', { type: 'string', requiresArg: true, describe: 'Also stream each answer into a file of its own in this folder' })
    .option('format', { choices: ['jsonl', 'openai-batch'] as const, default: 'jsonl' as const, describe: 'openai-batch: the lines of its output files' })
    .option('input-format', { choices: ['jsonl', 'text', 'csv', 'tsv'] as const, describe: 'Default: by the name of the file, else by its content' })
    .option('column', { type: 'string', requiresArg: true, describe: 'Of a table: where the question is (default question)' })
    .option('id-column', { type: 'string', requiresArg: true, describe: 'Of a table: where the id is (default id, when there is one)' })
    .option('retrieval', { coerce: retrievalOf, describe: 'bm25 (words), vector, hybrid; --no-retrieval asks the model alone' })
    .option('concurrency', { type: 'number', default: 8, requiresArg: true, describe: 'Questions in flight at once' })
    .option('rpm', { type: 'number', requiresArg: true, describe: 'Requests a minute' })
    .option('tpm', { type: 'number', requiresArg: true, describe: 'Tokens a minute, of prompts and answers together' })
    .option('max-retries', { type: 'number', default: 4, requiresArg: true, describe: 'Further attempts when the server fails, also after its first text; together bounded while it fails for all' })
    .option('after-cut', { describe: 'An answer that breaks off starts again; continue: ask the model to go on first' })
    .option('fallback-model', { type: 'string', array: true, requiresArg: true, describe: 'Asked when the model fails; may be given several times' })
    .option('row-timeout', { type: 'number', requiresArg: true, describe: 'Longest time for one question with all its attempts, in seconds' })
    .option('max-cost', { type: 'number', requiresArg: true, describe: 'Take no more questions once this run has cost so many dollars' })
    .option('token-budget', { type: 'number', requiresArg: true, describe: 'Take no more questions once this run has used so many tokens' })
    .option('price', { type: 'string', array: true, requiresArg: true, describe: 'MODEL=INPUT,OUTPUT in dollars for a million tokens' })
    .option('skip-bad', { type: 'boolean', default: false, describe: 'Put lines that cannot be asked among the failures and go on' })
    .option('retry-failed', { type: 'boolean', default: false, describe: 'Ask again what failed in an earlier run' })
    .option('force', { type: 'boolean', default: false, describe: 'Add to a file whose answers were made with other settings' })
    .option('ordered', { type: 'boolean', default: false, describe: 'In the end put the rows in the order of the questions' })
    .option('verbose', { type: 'boolean', default: false, describe: 'Also every attempt that failed, and every file that was passed over' })
    .option('quiet', { type: 'boolean', default: false, describe: 'Only errors' })
    .option('sync', { choices: ['grouped', 'every'] as const, default: 'grouped' as const, describe: 'Sync to disk 64 rows or 200 ms together, or every row on its own' })
}

/** yargs takes `--no-retrieval` for false, and would not let that be one of its choices. */
function retrievalOf(value: unknown): Retrieval | false | undefined {
  if (value === undefined || value === false) return value
  if (value === 'bm25' || value === 'vector' || value === 'hybrid') return value
  throw new InputError(`Expected --retrieval to be bm25, vector or hybrid, got ${JSON.stringify(value)}.`)
}
