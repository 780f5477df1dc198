import { realpath } from 'node:fs/promises'
import { InputError } from '../errors.ts'
import { describeFileError } from '../internal/describeFileError.ts'
import { readFileBlocks } from '../internal/readFileBlocks.ts'
import { type Line, MAX_LINE_BYTES, readLines } from '../internal/readLines.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'

export interface ReadNdjsonOptions<T> {
  /**
   * Checks a line's value and makes of it what is wanted; what it throws becomes an `InputError` with file and line.
   * `line` is 1-based. Default: the value as it is.
   */
  readonly check?: (value: unknown, line: number) => T
  /** What errors call bytes that come from no file. Default `input`. */
  readonly name?: string
  /** Default 16 MiB. */
  readonly maxLineBytes?: number
}

/**
 * The values of a file with one JSON value a line, one by one; blank lines count for nothing. Holds one line.
 * Each iteration reads the file anew; ending one closes it.
 *
 * @throws InputError at the item: a missing file, or a line that is no JSON, is not UTF-8, is too long or fails `check`, as `file:line: …`.
 * @throws InvalidOptionError at the call.
 *
 * @example
 * readNdjson('questions.jsonl', { check: (value, line) => ({ ...asQuestion(value), line }) })
 */
export function readNdjson<T = unknown>(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadNdjsonOptions<T> = {},
): AsyncIterable<T> {
  const { name = 'input', maxLineBytes = MAX_LINE_BYTES, check = (value: unknown) => value as T } = options
  requirePositiveInteger('maxLineBytes', maxLineBytes)
  const where = typeof source === 'string' ? source : name

  return {
    async *[Symbol.asyncIterator]() {
      const blocks = typeof source === 'string' ? await openBlocks(source) : source
      for await (const line of readLines(blocks, maxLineBytes)) {
        const fail = (problem: string, cause?: unknown): never => {
          throw new InputError(`${where}:${line.number}: ${problem}`, { cause })
        }
        const text = lineText(line, maxLineBytes, fail)
        if (text.trim() === '') continue
        const value = parseLine(text, fail)
        yield checked(() => check(value, line.number), fail)
      }
    },
  }
}

type Fail = (problem: string, cause?: unknown) => never

async function openBlocks(path: string): Promise<AsyncIterable<Uint8Array>> {
  const realPath = await realpath(path).catch((error: unknown) => {
    throw new InputError(`Cannot read ${path}: ${describeFileError(error)}`, { cause: error })
  })
  return toInputErrors(readFileBlocks(realPath, path, 256 * 1024))
}

/** A named file that cannot be read ends the work: nothing is passed over here. */
async function* toInputErrors(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* blocks
  } catch (error) {
    throw error instanceof Error ? new InputError(error.message, { cause: error }) : error
  }
}

function lineText(line: Line, maxLineBytes: number, fail: Fail): string {
  if (line.problem === 'too-long') return fail(`the line is longer than ${maxLineBytes} bytes`)
  return line.text ?? fail('the line is not UTF-8')
}

function parseLine(text: string, fail: Fail): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the line, which may be anybody's text.
    return fail('expected one JSON value on the line')
  }
}

function checked<T>(check: () => T, fail: Fail): T {
  try {
    return check()
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), error)
  }
}
