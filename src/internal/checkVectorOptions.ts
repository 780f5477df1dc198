import { InvalidOptionError } from '../errors.ts'
import type { VectorOptions } from './vectors/vectorMatrix.ts'

export function checkVectorOptions({ int8AboveBytes }: VectorOptions): void {
  if (int8AboveBytes !== undefined && !(int8AboveBytes >= 0)) throw new InvalidOptionError(`Expected int8AboveBytes to be a number from 0 on, got ${int8AboveBytes}`)
}
