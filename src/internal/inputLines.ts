import { realpath } from 'node:fs/promises'
import { InputError } from '../errors.ts'
import { describeFileError } from './describeFileError.ts'
import { readFileBlocks } from './readFileBlocks.ts'
import { type Line, readLines } from './readLines.ts'

const blockBytes = 256 * 1024

/**
 * The bytes of a file that a person named, links followed.
 *
 * @throws InputError at the first block, when it cannot be read.
 */
export async function* inputBlocks(path: string): AsyncGenerator<Uint8Array> {
  const file = await realpath(path).catch((error: unknown) => {
    throw new InputError(`Cannot read ${path}: ${describeFileError(error)}`, { cause: error })
  })
  try {
    yield* readFileBlocks(file, path, blockBytes)
  } catch (error) {
    throw error instanceof Error ? new InputError(error.message, { cause: error }) : error
  }
}

/** Its lines, one by one. */
export function inputLines(path: string): AsyncGenerator<Line> {
  return readLines(inputBlocks(path))
}
