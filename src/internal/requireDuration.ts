import { InvalidOptionError } from '../errors.ts'

/** `Infinity` passes: it stands for no limit. */
export function requireDuration(name: string, value: number, least: 'above 0' | '0 or more' = 'above 0'): void {
  if (least === 'above 0' ? !(value > 0) : !(value >= 0)) {
    throw new InvalidOptionError(`Expected ${name} to be a number of milliseconds, ${least}, got ${value}`)
  }
}
