import type { Argv } from 'yargs'
import type { Language, Retrieval } from '../types/ports.ts'

/** Options of commands that read documents. */
export interface DataOptions {
  readonly data?: readonly string[] | undefined
  readonly index?: string | undefined
  readonly include?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  readonly cache: boolean
  readonly passageTokens?: number | undefined
  readonly overlapTokens?: number | undefined
  readonly retrieval?: Retrieval | undefined
  readonly embeddingModel?: string | undefined
  readonly filter?: readonly string[] | undefined
  readonly language?: Language | undefined
  readonly k1?: number | undefined
  readonly b?: number | undefined
  readonly baseUrl?: string | undefined
  readonly quiet: boolean
  readonly verbose: boolean
}

/** Options of commands that ask a model. */
export interface ModelOptions {
  readonly model?: string | undefined
  readonly baseUrl?: string | undefined
  readonly system?: string | undefined
  readonly temperature?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly stream: boolean
  readonly topK: number
  readonly maxRetries: number
  readonly timeout?: number | undefined
  readonly afterCut: 'fail' | 'continue'
}

export function withData(yargs: Argv): Argv {
  return withDocuments(yargs).option('retrieval', { choices: ['bm25', 'vector', 'hybrid'] as const, describe: 'By words, by embeddings, or both' })
}

/** The same without `--retrieval`, for a command that can do without it. */
export function withDocuments(yargs: Argv): Argv {
  return yargs
    .option('data', { type: 'string', array: true, requiresArg: true, describe: 'Folders, files, or a .jsonl with a document a line' })
    .option('index', { type: 'string', requiresArg: true, describe: 'Index: a file, or postgres://user@host/database; made or updated with --data, else only read' })
    .option('include', { type: 'string', array: true, requiresArg: true, describe: 'Only files that match a glob' })
    .option('exclude', { type: 'string', array: true, requiresArg: true, describe: 'Not files that match a glob' })
    .option('cache', { type: 'boolean', default: true, describe: 'Keep the index of --data in a cache folder (--no-cache: leave no trace)' })
    .option('passage-tokens', { type: 'number', requiresArg: true, describe: 'Size of a passage (default 1024)' })
    .option('overlap-tokens', { type: 'number', requiresArg: true, describe: 'Tokens that a passage repeats of the one before (default 20)' })
    .option('filter', { type: 'string', array: true, requiresArg: true, describe: "Only documents whose metadata match: 'year>=2020', lang=en, 'tag in a,b', name^=x, !draft; all must hold" })
    .option('language', { choices: ['english', 'german', 'french', 'spanish', 'none'] as const, describe: 'Stop words and stems of the search by words (default english); makes the index' })
    .option('k1', { type: 'number', requiresArg: true, describe: 'BM25: how much repeated words count (default 1.2)' })
    .option('b', { type: 'number', requiresArg: true, describe: 'BM25: how much long passages are held back, 0 to 1 (default 0.75)' })
    .option('embedding-model', { type: 'string', requiresArg: true, describe: "Embeds passages and questions; 'hashed' works offline" })
    .option('base-url', { type: 'string', requiresArg: true, describe: 'An OpenAI-compatible server: http://localhost:11434/v1' })
    .option('quiet', { type: 'boolean', default: false, describe: 'Only the answer and errors' })
    .option('verbose', { type: 'boolean', default: false, describe: 'Also every file that was passed over' })
}

export function withModel(yargs: Argv): Argv {
  return yargs
    .option('model', { type: 'string', requiresArg: true, describe: "A model of the server; 'extractive' works offline and quotes" })
    .option('system', { type: 'string', requiresArg: true, describe: 'Replaces the instructions to the model' })
    .option('temperature', { type: 'number', requiresArg: true, describe: '0 to 2' })
    .option('max-output-tokens', { type: 'number', requiresArg: true, describe: 'Bound on the answer' })
    .option('stream', { type: 'boolean', default: true, describe: 'Text as it is made (--no-stream: at once at the end)' })
    .option('top-k', { type: 'number', default: 5, requiresArg: true, describe: 'Passages per question' })
    .option('max-retries', { type: 'number', default: 2, requiresArg: true, describe: 'Further attempts when the server fails before its first text' })
    .option('after-cut', {
      choices: ['fail', 'continue'] as const,
      default: 'fail' as const,
      describe: 'When the connection breaks in the middle: fail, or ask the model to go on (only for models that can)',
    })
    .option('timeout', { type: 'number', requiresArg: true, describe: 'Longest silence of the model, in seconds (default: none)' })
}
