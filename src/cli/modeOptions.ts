import type { Argv } from 'yargs'
import type { ResponseModeName } from '../modes/responseModes.ts'

export interface ModeOptions {
  readonly mode?: ResponseModeName | undefined
}

const names = ['compact', 'refine', 'tree-summarize', 'simple', 'accumulate', 'context-only'] as const satisfies readonly ResponseModeName[]

export function withMode(yargs: Argv, byDefault: ResponseModeName): Argv {
  return yargs.option('mode', { choices: names, requiresArg: true, describe: `How many calls make the answer, docs/answering.md (default ${byDefault})` })
}
