import type { Argv } from 'yargs'
import type { ResponseModeName } from '../modes/responseModes.ts'

export interface ModeOptions {
  readonly mode?: ResponseModeName | undefined
}

export const modeNames = ['compact', 'refine', 'tree-summarize', 'simple', 'accumulate', 'context-only'] as const satisfies readonly ResponseModeName[]

export const defaultMode: ResponseModeName = 'compact'

export const modeNeedsDocuments = '--mode says how answers are made from documents: give it with --data or --index.'

export function withMode(yargs: Argv): Argv {
  return yargs.option('mode', { choices: modeNames, requiresArg: true, describe: `How many calls make an answer from documents, docs/answering.md (default ${defaultMode})` })
}
