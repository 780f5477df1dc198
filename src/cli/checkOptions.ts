import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '../errors.ts'
import { parseFilters } from './parseFilter.ts'

export interface CheckedOptions {
  readonly topK?: number | undefined
  readonly passageTokens?: number | undefined
  readonly overlapTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly maxRetries?: number | undefined
  readonly timeout?: number | undefined
  readonly out?: string | undefined
  readonly k1?: number | undefined
  readonly b?: number | undefined
  readonly filter?: readonly string[] | undefined
}

/** A week: more is none, and timers know no more than 24 days. */
const longestTimeoutSeconds = 7 * 24 * 60 * 60

/** Finds what cannot work before anything is read or paid for; names options as they are typed. */
export function checkOptions(options: CheckedOptions): void {
  expect('--top-k', options.topK, isCount, 'a whole number from 1')
  expect('--passage-tokens', options.passageTokens, isCount, 'a whole number from 1')
  expect('--overlap-tokens', options.overlapTokens, (value) => value === 0 || isCount(value), 'a whole number from 0')
  expect('--max-output-tokens', options.maxOutputTokens, isCount, 'a whole number from 1')
  expect('--max-retries', options.maxRetries, (value) => value === 0 || isCount(value), 'a whole number from 0')
  expect('--temperature', options.temperature, (value) => value >= 0 && value <= 2, 'a number from 0 to 2')
  expect('--timeout', options.timeout, (value) => value > 0 && value <= longestTimeoutSeconds, `seconds, above 0 and up to ${longestTimeoutSeconds}`)
  expect('--k1', options.k1, (value) => value >= 0 && value <= 1000, 'a number from 0 to 1000')
  expect('--b', options.b, (value) => value >= 0 && value <= 1, 'a number from 0 to 1')
  parseFilters(options.filter)
  const { out } = options
  if (out === '') throw new InputError('Expected --out to be the name of a file, got an empty text.')
  if (out !== undefined && !existsSync(dirname(out))) throw new InputError(`Cannot write ${out}: the folder ${dirname(out)} does not exist.`)
}

function expect(name: string, value: number | undefined, isRight: (value: number) => boolean, right: string): void {
  if (value !== undefined && !isRight(value)) throw new InputError(`Expected ${name} to be ${right}, got ${Number.isNaN(value) ? 'no number' : value}.`)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
