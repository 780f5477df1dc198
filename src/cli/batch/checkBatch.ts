import { mkdirSync } from 'node:fs'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { checkOptions } from '../checkOptions.ts'
import { checkRanking } from '../rankOptions.ts'
import { checkMode } from '../modeOptions.ts'
import { checkTable } from '../checkTable.ts'
import { checkPaths } from './checkPaths.ts'
import type { BatchOptions } from './options.ts'

/** Finds what cannot work before anything is read or paid for. */
export function checkBatch(options: BatchOptions): void {
  const { out, files, concurrency, rpm, tpm, tokenBudget, maxCost, rowTimeout } = options
  checkOptions(options)
  checkRanking(options, options.topK)
  checkMode(options)
  for (const [name, value] of Object.entries({ '--concurrency': concurrency, '--rpm': rpm, '--tpm': tpm, '--token-budget': tokenBudget })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) throw new InputError(`Expected ${name} to be a whole number from 1, got ${shown(value)}.`)
  }
  for (const [name, value] of Object.entries({ '--max-cost': maxCost, '--row-timeout': rowTimeout })) {
    if (value !== undefined && !(value > 0)) throw new InputError(`Expected ${name} to be a number above 0, got ${shown(value)}.`)
  }
  if (options.data === undefined && options.index === undefined && options.retrieval !== false) {
    throw new InputError('Name your documents with --data FOLDER or --index FILE, or ask the model alone with --no-retrieval.')
  }
  if (out.endsWith('.lock') || out.endsWith('.part')) throw new InputError(`Expected --out to be a file for answers, got ${out}.`)
  checkUse(options)
  checkPaths(options)
  if (files === undefined) return
  try {
    mkdirSync(files, { recursive: true })
  } catch (error) {
    throw new InputError(`Cannot write into ${files}: ${describeFileError(error)}`, { cause: error })
  }
}

/** Options that would change nothing, which is not what was meant. */
function checkUse({ questions, inputFormat, column, idColumn, data, include, exclude, passageTokens, overlapTokens }: BatchOptions): void {
  if (column !== undefined || idColumn !== undefined) checkTable(column === undefined ? '--id-column' : '--column', questions, inputFormat)
  if (data !== undefined) return
  for (const [name, value] of Object.entries({ '--include': include, '--exclude': exclude, '--passage-tokens': passageTokens, '--overlap-tokens': overlapTokens })) {
    if (value !== undefined) throw new InputError(`${name} says how documents are read: give it with --data.`)
  }
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'no number' : String(value)
}
