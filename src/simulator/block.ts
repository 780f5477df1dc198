import type { Step } from './reply.ts'

/** A part of a body that is written together. */
export interface Block {
  readonly data: string | Uint8Array
  readonly byteLength: number
  /** Where in the body its events end. */
  readonly ends: readonly number[]
}

/** Joins steps into a block that begins at a place of the body, and is cut at another. */
export function joinSteps(steps: readonly Step[], start: number, maxEnd: number): Block {
  const [first] = steps
  const data = steps.length === 1 && first !== undefined ? first.data : steps.map((step) => step.data).join('')
  const byteLength = Buffer.byteLength(data)
  // Measured once: most texts have a byte for each character.
  const measure = steps.length === 1 ? () => byteLength : byteLength === data.length ? (part: Step['data']) => part.length : Buffer.byteLength
  const ends: number[] = []
  let end = start
  for (const step of steps) {
    if (end >= maxEnd) break
    end += measure(step.data)
    if (step.isEvent) ends.push(Math.min(end, maxEnd))
  }
  const left = maxEnd - start
  return byteLength <= left ? { data, byteLength, ends } : { data: bytesOf(data).subarray(0, left), byteLength: left, ends }
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data
}
