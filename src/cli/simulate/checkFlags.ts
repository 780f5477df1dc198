import { InputError } from '../../errors.ts'
import type { SimulateOptions } from './options.ts'

/** Finds what cannot work before a port is opened; names options as they are typed. */
export function checkFlags(options: SimulateOptions): void {
  expectWhole('--port', options.port, 0, 65_535)
  expectWhole('--tokens', options.tokens, 0, 10_000_000)
  expectWhole('--tokens-per-event', options.tokensPerEvent, 1, 1_000_000)
  expectWhole('--seed', options.seed, 0)
  expectWhole('--rpm', options.rpm, 1)
  expectWhole('--tpm', options.tpm, 1)
  const { faultRate, model = [] } = options
  if (faultRate !== undefined && !(faultRate >= 0 && faultRate <= 1)) throw new InputError(`Expected --fault-rate to be a number from 0 to 1, got ${shown(faultRate)}.`)
  if (model.includes('')) throw new InputError('Expected --model to be a name, got an empty text.')
}

function expectWhole(flag: string, value: number | undefined, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new InputError(`Expected ${flag} to be a whole number ${range}, got ${shown(value)}.`)
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'no number' : String(value)
}
