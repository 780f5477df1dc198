import type { LanguageModel } from '../types/ports.ts'
import { type AccumulateOptions, accumulate } from './accumulate.ts'
import { compact } from './compact.ts'
import { contextOnly } from './contextOnly.ts'
import type { RefineOptions } from './refine.ts'
import { refine } from './refine.ts'
import { simple } from './simple.ts'
import { treeSummarize, type TreeSummarizeOptions } from './treeSummarize.ts'

export type ResponseModeName = 'compact' | 'refine' | 'tree-summarize' | 'simple' | 'accumulate' | 'context-only'

/** Every response mode by its name, for those who choose one at run time. */
export const responseModes: Readonly<Record<ResponseModeName, (model: LanguageModel, options?: RefineOptions & TreeSummarizeOptions & AccumulateOptions) => LanguageModel>> = {
  compact,
  refine,
  'tree-summarize': treeSummarize,
  simple,
  accumulate,
  'context-only': () => contextOnly(),
}
