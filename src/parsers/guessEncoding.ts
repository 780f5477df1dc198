import { decodeLegacy } from './decodeLegacy.ts'

/** Below this the guess by letter statistics is not sure. */
const SURE = 40
const EAST_ASIAN = new Set(['shift_jis', 'gb18030', 'euc-kr', 'big5', 'euc-jp'])

/**
 * Names the likeliest encoding of text that is no Unicode. Short East Asian texts give too few letters for statistics; but what
 * decodes without a fault into nothing but East Asian characters, and is mostly that, is hardly anything else.
 */
export async function guessEncoding(sample: Uint8Array): Promise<string> {
  const { analyse } = await import('chardet')
  const guesses = analyse(sample).map(({ name, confidence }) => ({ name: name.toLowerCase(), confidence }))
  const [best] = guesses
  if (best !== undefined && best.confidence >= SURE) return best.name

  const highBytes = sample.reduce((count, byte) => count + (byte > 127 ? 1 : 0), 0)
  if (highBytes > sample.length * 0.3) {
    for (const { name } of guesses.filter((guess) => EAST_ASIAN.has(guess.name))) {
      if (isEastAsian(await decodeLegacy(sample, name))) return name
    }
  }
  return best === undefined || best.confidence < 10 ? 'windows-1252' : best.name
}

function isEastAsian(text: string | undefined): boolean {
  return (
    text !== undefined &&
    /^[\0-\x7f\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uff9f]+$/u.test(text)
  )
}
