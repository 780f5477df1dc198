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
  return steps.length === 1 && first !== undefined ? single(first, start, maxEnd) : several(steps, start, maxEnd)
}

function single({ data, isEvent }: Step, start: number, maxEnd: number): Block {
  const byteLength = Buffer.byteLength(data)
  const end = Math.min(start + byteLength, maxEnd)
  return cut(data, byteLength, end - start, isEvent ? [end] : [])
}

function several(steps: readonly Step[], start: number, maxEnd: number): Block {
  const text = steps.map(({ data }) => data).join('')
  const byteLength = Buffer.byteLength(text)
  // Measured once: most texts have a byte for each character.
  const isOneByte = byteLength === text.length
  const ends: number[] = []
  let end = start
  for (const { data, isEvent } of steps) {
    if (end >= maxEnd) break
    end += isOneByte ? data.length : Buffer.byteLength(data)
    if (isEvent) ends.push(Math.min(end, maxEnd))
  }
  return cut(text, byteLength, maxEnd - start, ends)
}

function cut(data: string | Uint8Array, byteLength: number, mostBytes: number, ends: readonly number[]): Block {
  return byteLength <= mostBytes ? { data, byteLength, ends } : { data: bytesOf(data).subarray(0, mostBytes), byteLength: mostBytes, ends }
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data
}
