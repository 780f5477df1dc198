import { type MonoTypeOperatorFunction, type OperatorFunction, identity, pipe } from 'rxjs'
import { type BuildPromptOptions, buildPrompt } from '../operators/buildPrompt.ts'
import { cite } from '../operators/cite.ts'
import { type GenerateAnswerOptions, generateAnswer } from '../operators/generateAnswer.ts'
import { type RetrieveOptions, retrieve } from '../operators/retrieve.ts'
import type { Chunk, ModelCall } from '../types/chunk.ts'
import type { LanguageModel, PassageStore } from '../types/ports.ts'
import type { Query, RetrievedQuery } from '../types/query.ts'

export interface FindPassagesOptions extends RetrieveOptions {
  readonly store: PassageStore | readonly PassageStore[]
  /** What happens to the question before it is searched for: `expandQuestion`. */
  readonly expand?: MonoTypeOperatorFunction<Query>
  /** What happens to the passages before the model reads them: `rerank`, `diversify`, `withNeighbours`, in `pipe` when there are several. */
  readonly afterRetrieve?: OperatorFunction<RetrievedQuery, RetrievedQuery>
}

export interface WriteAnswerOptions extends BuildPromptOptions, Omit<GenerateAnswerOptions, 'calls'> {
  readonly model: LanguageModel
}

/** The first half of an answer: from the question to its passages. */
export function findPassages(options: FindPassagesOptions): OperatorFunction<Query, RetrievedQuery> {
  const { store, expand = identity, afterRetrieve = identity } = options
  return pipe(expand, retrieve(store, options), afterRetrieve)
}

/**
 * The second half: from the passages to the chunks.
 *
 * @returns makes it for one query; `calls` is its list of what was paid for before it came here.
 */
export function writeAnswer(options: WriteAnswerOptions): (calls?: readonly ModelCall[]) => OperatorFunction<Query, Chunk> {
  const { model } = options
  const prompt = model.makesPrompts ? identity : buildPrompt(options)
  return (calls) => pipe(prompt, generateAnswer(model, calls === undefined ? options : { ...options, calls }), cite())
}
