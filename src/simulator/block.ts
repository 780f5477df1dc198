import type { Step } from './reply.ts'

/** Bytes of a body that are written together. */
export interface Block {
  readonly bytes: Uint8Array
  /** Where in the body its events end. */
  readonly ends: readonly number[]
}

/** Joins steps into a block that begins at a place of the body, and is cut at another. */
export function encodeBlock(steps: readonly Step[], start: number, maxEnd: number): Block {
  const bytes = bytesOf(steps)
  const ends: number[] = []
  // What was long is measured once: most texts have a byte for each character.
  const isOneByte = steps.length === 1 || bytes.length === steps.reduce((sum, { data }) => sum + data.length, 0)
  let end = start
  for (const { data, isEvent } of steps) {
    if (end >= maxEnd) break
    end += steps.length === 1 ? bytes.length : isOneByte ? data.length : Buffer.byteLength(data)
    if (isEvent) ends.push(Math.min(end, maxEnd))
  }
  return { bytes: bytes.subarray(0, maxEnd - start), ends }
}

function bytesOf(steps: readonly Step[]): Uint8Array {
  const [first] = steps
  if (steps.length === 1 && first !== undefined) return typeof first.data === 'string' ? Buffer.from(first.data) : first.data
  return Buffer.from(steps.map(({ data }) => data).join(''))
}
