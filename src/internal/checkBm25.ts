import { InvalidOptionError } from '../errors.ts'
import type { Bm25Options } from './weighTerms.ts'

export function checkBm25({ k1, b }: Bm25Options): void {
  if (k1 !== undefined && !(k1 >= 0 && k1 <= 1000)) throw new InvalidOptionError(`Expected k1 to be a number from 0 to 1000, got ${k1}`)
  if (b !== undefined && !(b >= 0 && b <= 1)) throw new InvalidOptionError(`Expected b to be a number from 0 to 1, got ${b}`)
}
