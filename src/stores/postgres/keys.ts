import { keyOf } from '../textHash.ts'

/** A term as a number of 64 bits: two terms of a million share one with a probability of 3 in 100 million. */
export function termKey(term: string): string {
  return keyOf(term).readBigInt64BE().toString()
}

/** Names what is locked, in all of the database. */
export function lockKey(schema: string, what: string): string {
  return keyOf(`riffle ${schema} ${what}`).readBigInt64BE().toString()
}

export function bytes(text: string): Buffer {
  return Buffer.from(text)
}
