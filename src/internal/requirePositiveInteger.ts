import { InvalidOptionError } from '../errors.ts'

export function requirePositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidOptionError(`Expected ${name} to be a positive integer, got ${value}`)
  }
}
