import { SkippedError } from '../errors.ts'
import type { Pace } from '../internal/createPace.ts'

const MAX_DEPTH = 1000
/** Each costs its reader some 3 KB and 8 microseconds. */
const MAX_ELEMENTS = 300_000
const SLICE_LENGTH = 64 * 1024

/**
 * Looks over XML that a reader with a stack and no limits is going to take.
 *
 * @throws SkippedError `too-large` beyond 300,000 elements; `damaged` for what no honest file has: a document type with entities of its own,
 *   nesting deeper than 1,000.
 */
export async function checkXml(bytes: Uint8Array, name: string, pace: Pace): Promise<void> {
  const { Parser } = await import('htmlparser2')
  let depth = 0
  let elements = 0
  const parser = new Parser(
    {
      onopentagname() {
        depth += 1
        elements += 1
        if (elements > MAX_ELEMENTS)
          throw new SkippedError('too-large', `${name} has more than ${MAX_ELEMENTS} elements in one part`)
        if (depth > MAX_DEPTH) throw new SkippedError('damaged', `${name} is nested deeper than ${MAX_DEPTH} levels`)
      },
      onclosetag() {
        depth -= 1
      },
      onprocessinginstruction(target) {
        if (target.toLowerCase() === '!doctype') throw new SkippedError('damaged', `${name} has a document type of its own`)
      },
    },
    { xmlMode: true, decodeEntities: false },
  )
  const text = new TextDecoder().decode(bytes)
  for (let start = 0; start < text.length; start += SLICE_LENGTH) {
    parser.write(text.slice(start, start + SLICE_LENGTH))
    await pace.breathe()
  }
  parser.end()
}
