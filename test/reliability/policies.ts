import { type MonoTypeOperatorFunction, pipe } from 'rxjs'
import type { GenerateAnswerOptions } from '../../src/operators/generateAnswer.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { continueAfterCut } from '../../src/policies/continueAfterCut.ts'
import { fallback } from '../../src/policies/fallback.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { LanguageModel } from '../../src/types/ports.ts'

/** How a model is asked. */
export interface Asked {
  readonly model: LanguageModel
  readonly attempt?: NonNullable<GenerateAnswerOptions['attempt']>
}

export interface PolicySettings {
  /** Time limits for each call. */
  readonly limits: MonoTypeOperatorFunction<Chunk>
  /** Further calls after the first: retries, continuations, models to fall back on. */
  readonly more: number
}

type Policy = (model: LanguageModel, settings: PolicySettings) => Asked

const retrying = (afterText: 'fail' | 'restart' | 'keep'): Policy => (model, { limits, more }) => ({
  model,
  attempt: pipe(limits, requireFinish(), retryStream({ afterText, maxRetries: more, baseDelayMs: 1, maxDelayMs: 4 })),
})
const falling = (afterText: 'fail' | 'restart'): Policy => (model, { limits, more }) => ({
  model: fallback(Array.from({ length: more + 1 }, () => model), { afterText, attempt: limits }),
})

/** The columns of the table in docs/reliability.md. */
export const policies = {
  none: (model) => ({ model }),
  limits: (model, { limits }) => ({ model, attempt: pipe(limits, requireFinish()) }),
  fail: retrying('fail'),
  restart: retrying('restart'),
  keep: retrying('keep'),
  continueAfterCut: (model, { limits, more }) => ({ model: continueAfterCut(model, { attempt: limits, maxContinuations: more }) }),
  fallback: falling('fail'),
  'fallback restart': falling('restart'),
} satisfies Readonly<Record<string, Policy>>

export type PolicyName = keyof typeof policies
export const policyNames = Object.keys(policies) as PolicyName[]
