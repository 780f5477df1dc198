import type { Argv } from 'yargs'
import { InputError } from '../errors.ts'
import type { LanguageModel } from '../types/ports.ts'

/** Options of what comes after the first ranking. */
export interface RankOptions {
  readonly rerank?: 'offline' | 'llm' | undefined
  readonly candidates?: number | undefined
  readonly neighbours?: number | undefined
  readonly diversify?: boolean | undefined
}

/** Unless `--top-k` is more. */
export const defaultCandidates = 50

/** `--rerank` and `--candidates`. */
export function withRerank(yargs: Argv, rerankers: readonly ('offline' | 'llm')[]): Argv {
  const llm = rerankers.includes('llm') ? '; llm: ask the model, one more call' : ''
  return yargs
    .option('rerank', { choices: rerankers, requiresArg: true, describe: `Rank what was found anew: offline, by how the words stand together${llm}` })
    .option('candidates', { type: 'number', requiresArg: true, describe: `Passages that are ranked anew or chosen among (default ${defaultCandidates})` })
}

/** Those, and `--diversify` and `--neighbours`. */
export function withRanking(yargs: Argv, rerankers: readonly ('offline' | 'llm')[]): Argv {
  return withRerank(yargs, rerankers)
    .option('diversify', { type: 'boolean', default: false, describe: 'Choose passages that say different things' })
    .option('neighbours', { type: 'number', requiresArg: true, describe: 'Widen each passage by so many before and behind it' })
}

/** Finds what cannot work before anything is read. */
export function checkRanking({ rerank: by, candidates, neighbours, diversify: different }: RankOptions, topK: number): void {
  for (const [name, value] of Object.entries({ '--candidates': candidates, '--neighbours': neighbours })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new InputError(`Expected ${name} to be a whole number from 1, got ${Number.isNaN(value) ? 'no number' : value}.`)
    }
  }
  if (candidates === undefined) return
  if (by === undefined && different !== true) throw new InputError('--candidates needs --rerank or --diversify: they choose among them.')
  if (candidates < topK) throw new InputError(`Expected --candidates to be at least --top-k (${topK}), got ${candidates}.`)
}

/** Finds that `--rerank llm` has no model to ask. */
export function checkReranker({ rerank }: RankOptions, model: LanguageModel | undefined): void {
  if (rerank !== 'llm' || (model !== undefined && model.id !== 'extractive')) return
  throw new InputError('--rerank llm asks a model: set OPENAI_API_KEY, or give --base-url and --model. --rerank offline needs none.')
}
