import type { Argv } from 'yargs'
import { InputError } from '../errors.ts'
import type { ResponseModeName } from '../modes/responseModes.ts'

export interface ModeOptions {
  readonly mode?: ResponseModeName | undefined
}

export const modeNames = ['compact', 'refine', 'tree-summarize', 'simple', 'accumulate', 'context-only'] as const satisfies readonly ResponseModeName[]

export const defaultMode: ResponseModeName = 'compact'

/** @throws InputError when there are no documents that the mode could be for. */
export function checkMode({ mode, data, index }: ModeOptions & { readonly data?: unknown; readonly index?: unknown }): void {
  if (mode !== undefined && data === undefined && index === undefined) throw new InputError('--mode says how answers are made from documents: give it with --data or --index.')
}

export function withMode(yargs: Argv): Argv {
  return yargs.option('mode', { choices: modeNames, requiresArg: true, describe: `How many calls make an answer from documents, docs/answering.md (default ${defaultMode})` })
}
