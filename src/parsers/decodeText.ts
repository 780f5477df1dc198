import { isUtf8 } from 'node:buffer'
import { SkippedError } from '../errors.ts'
import { decodeLegacy } from './decodeLegacy.ts'
import { guessEncoding } from './guessEncoding.ts'

export interface DecodedText {
  readonly text: string
  /** Lower-case label: `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`. */
  readonly encoding: string
}

export interface DecodeOptions {
  /** What the content says of its own encoding, found in its head read as ASCII. */
  readonly declaredIn?: (head: string) => string | undefined
}

/** Where HTML and XML say their encoding; the standard looks at 1,024 bytes, pages in the wild need more. */
const HEAD_BYTES = 4096
const SAMPLE_BYTES = 64 * 1024

/**
 * Turns a file's bytes into text. In this order: byte order mark, UTF-16 without one, what the content declares, UTF-8, a guess.
 * The byte order mark is no part of the text; line ends stay as they are.
 *
 * @throws SkippedError `binary` when it is no text.
 */
export async function decodeText(bytes: Uint8Array, name: string, options: DecodeOptions = {}): Promise<DecodedText> {
  const unicode = unicodeEncoding(bytes)
  if (unicode !== undefined) return { text: new TextDecoder(unicode).decode(bytes), encoding: unicode }

  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (looksBinary(sample)) throw new SkippedError('binary', `${name} is no text`)

  const declared = options
    .declaredIn?.(Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1'))
    ?.trim()
    .toLowerCase()
  if (declared !== undefined && !declared.startsWith('utf')) {
    const text = await decodeLegacy(bytes, declared)
    if (text !== undefined) return { text, encoding: declared }
  }
  const isUnicode = isUtf8(bytes) ? !hasIsoEscapes(sample) : isDamagedUtf8(bytes)
  if (isUnicode) return { text: new TextDecoder().decode(bytes), encoding: 'utf-8' }

  const lineStart = bytes.lastIndexOf(10, firstHighByte(bytes)) + 1
  const encoding = await guessEncoding(bytes.subarray(lineStart, lineStart + SAMPLE_BYTES))
  const text = await decodeLegacy(bytes, encoding)
  if (text === undefined) throw new SkippedError('binary', `${name} is in no encoding that could be found`)
  return { text, encoding }
}

function unicodeEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return utf16WithoutMark(bytes.subarray(0, SAMPLE_BYTES))
}

/**
 * UTF-16 text of nearly any language has blanks, digits or line ends, and so zero bytes. Decoded it has these, and assigned characters;
 * where both byte orders give that, the side with more zero bytes is the higher one. With only a few bytes such as the higher half of
 * alphabets (0 to 8) it may be other text with a zero in it, but then it would be UTF-8.
 */
function utf16WithoutMark(sample: Uint8Array): string | undefined {
  const zeros = [0, 0]
  for (let index = sample.indexOf(0); index >= 0; index = sample.indexOf(0, index + 1)) zeros[index % 2]! += 1
  const [even = 0, odd = 0] = zeros
  if (sample.length < 4 || even + odd === 0) return undefined
  if (isUtf8(sample) && countControls(sample) < sample.length / 4) return undefined
  return (odd >= even ? ['utf-16le', 'utf-16be'] : ['utf-16be', 'utf-16le']).find((encoding) => {
    const text = new TextDecoder(encoding).decode(sample.subarray(0, sample.length - (sample.length % 2)))
    const plain = text.match(/[\t\n\r -~]/g)?.length ?? 0
    // A pair may have been cut at the sample's end.
    return plain > (even + odd) / 10 && !UNLIKELY_IN_TEXT.test(text.endsWith('\ufffd') ? text.slice(0, -1) : text)
  })
}

const UNLIKELY_IN_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd\p{Cn}\p{Co}\p{Cs}]/u

/** Zero bytes, or more than one in a hundred control characters. */
function looksBinary(sample: Uint8Array): boolean {
  return sample.includes(0) || countControls(sample) > sample.length / 100
}

/** Those that are no white space and begin no escape sequence. */
function countControls(sample: Uint8Array): number {
  let count = 0
  for (let index = 0; index < sample.length; index++) {
    const byte = sample[index] ?? 0
    if (byte < 32 && (byte < 8 || byte > 13) && byte !== 27) count += 1
  }
  return count
}

/** ISO-2022 texts are pure ASCII to look at, with escapes between. */
function hasIsoEscapes(sample: Uint8Array): boolean {
  const start = sample.indexOf(27)
  return start >= 0 && /\x1b(?:\$[@AB]|\(J|\$\)C)/.test(Buffer.from(sample).toString('latin1'))
}

/** UTF-8 with a few broken places, as when files were joined or cut, is still UTF-8. */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(Math.max(0, firstHighByte(bytes) - 1)).subarray(0, SAMPLE_BYTES)
  const text = new TextDecoder().decode(sample)
  const broken = text.match(/\ufffd/g)?.length ?? 0
  const whole = text.match(/[^\0-\x7f\ufffd]/g)?.length ?? 0
  return whole > broken * 20
}

function firstHighByte(bytes: Uint8Array): number {
  return Math.max(
    0,
    bytes.findIndex((byte) => byte > 127),
  )
}
