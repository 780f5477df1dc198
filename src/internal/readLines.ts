/** A line without its end. */
export interface Line {
  /** 1-based. */
  readonly number: number
  /** Absent when the line is not UTF-8 or too long: `problem` says which. */
  readonly text?: string
  readonly problem?: 'not-utf-8' | 'too-long'
}

/** A line longer than this is not held in memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024

const LINE_FEED = 10

/**
 * Cuts bytes into lines as they come: `\n` or `\r\n`, wherever the blocks are cut. A byte order mark is no part of the text;
 * one of UTF-16 is honoured. Holds one line of at most `maxLineBytes`; a longer one, or one that is not UTF-8, comes without text.
 */
export async function* readLines(blocks: AsyncIterable<Uint8Array>, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<Line> {
  for await (const lines of readLineRuns(blocks, maxLineBytes)) yield* lines
}

/** The same, for who wants no promise for each line: those that end in one block, and are cut as they are taken. To be taken in order. */
export async function* readLineRuns(blocks: AsyncIterable<Uint8Array>, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<Iterable<Line>> {
  let number = 1
  let pieces: Uint8Array[] = []
  let length = 0
  let tooLong = false

  const add = (piece: Uint8Array) => {
    length += piece.length
    tooLong ||= length > maxLineBytes
    if (tooLong) pieces = []
    else if (piece.length > 0) pieces.push(piece)
  }
  const take = (): Line => {
    const line = tooLong ? ({ number, problem: 'too-long' } as const) : decodeLine(pieces, number)
    number += 1
    pieces = []
    length = 0
    tooLong = false
    return line
  }
  function* cut(block: Uint8Array): Generator<Line> {
    let start = 0
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      add(block.subarray(start, end))
      start = end + 1
      yield take()
    }
    add(block.subarray(start))
  }

  for await (const block of asUtf8(blocks)) yield cut(block)
  if (length > 0) yield [take()]
}

/** Only the first line may begin with a byte order mark; anywhere else it is a character of the text. */
const FIRST_LINE = new TextDecoder('utf-8', { fatal: true })
const OTHER_LINES = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeLine(pieces: readonly Uint8Array[], number: number): Line {
  if (pieces.length === 0) return { number, text: '' }
  const bytes = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
  try {
    const text = (number === 1 ? FIRST_LINE : OTHER_LINES).decode(bytes)
    return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
  } catch {
    return { number, problem: 'not-utf-8' }
  }
}

/** Passes bytes on, or recodes them when they begin with a byte order mark of UTF-16 (as redirected output on Windows does). */
async function* asUtf8(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array()
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let decided = false
  for await (const block of blocks) {
    let next = block
    if (!decided) {
      head = head.length === 0 ? block : Buffer.concat([head, block])
      if (head.length < 2) continue
      decided = true
      next = head
      if (head[0] === 0xff && head[1] === 0xfe) decoder = new TextDecoder('utf-16le')
      if (head[0] === 0xfe && head[1] === 0xff) decoder = new TextDecoder('utf-16be')
    }
    yield decoder ? Buffer.from(decoder.decode(next, { stream: true })) : next
  }
  if (!decided) yield head
  if (decoder) yield Buffer.from(decoder.decode())
}
