import type { Chunk } from '../types/chunk.ts'
import { note } from './print.ts'

/** Tells of attempts that failed. After text a line would stand in the middle of the answer. */
export function tellRetries(quiet: boolean, verbose: boolean): (chunk: Chunk) => void {
  let hasText = false
  return (chunk) => {
    if (chunk.type === 'text') hasText = true
    if (chunk.type === 'retry' && !quiet && (verbose || !hasText)) note(`${chunk.error.message}; asking again.`)
  }
}

/** Ends the line of an answer that did not end it. */
export function endLine(text: string): void {
  if (text !== '' && !text.endsWith('\n')) process.stdout.write('\n')
}

export function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}
