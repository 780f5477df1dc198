/** What the patterns of tokenizers tell characters apart by. 0 is kept for "not looked at yet". */
export const characterClass = {
  upper: 1,
  lower: 2,
  /** Letters of either case to a tokenizer: most scripts, modifiers. */
  letter: 3,
  mark: 4,
  number: 5,
  lineBreak: 6,
  blank: 7,
  symbol: 8,
} as const

const classes = new Uint8Array(0x110000)

/**
 * The class of the character that the unit at `at` belongs to; both halves of a surrogate pair have the class of the pair.
 * Half a pair alone is a symbol, as U+FFFD is, which it becomes on its way to a tokenizer. `at` is inside the text.
 */
export function classAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const known = classes[unit]
  return known !== undefined && known !== 0 ? known : learnClassAt(text, at, unit)
}

function learnClassAt(text: string, at: number, unit: number): number {
  if (unit < 0xd800 || unit > 0xdfff) return (classes[unit] = classify(String.fromCharCode(unit)))
  const start = unit >= 0xdc00 && isHigh(text.charCodeAt(at - 1)) ? at - 1 : at
  const codePoint = text.codePointAt(start) ?? 0
  // Units of pairs keep class 0, so that they come here each time.
  if (codePoint <= 0xffff) return characterClass.symbol
  const known = classes[codePoint]
  return known !== undefined && known !== 0 ? known : (classes[codePoint] = classify(String.fromCodePoint(codePoint)))
}

function classify(character: string): number {
  if (character === '\n' || character === '\r') return characterClass.lineBreak
  // JavaScript's \s is another set: it has U+FEFF and lacks U+0085.
  if (/\p{White_Space}/u.test(character)) return characterClass.blank
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return characterClass.upper
  if (/\p{Ll}/u.test(character)) return characterClass.lower
  if (/\p{L}/u.test(character)) return characterClass.letter
  if (/\p{M}/u.test(character)) return characterClass.mark
  return /\p{N}/u.test(character) ? characterClass.number : characterClass.symbol
}

/** Behind the character at `at`: 2 units further for a surrogate pair. */
export function behindCharacter(text: string, at: number): number {
  return isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? at + 2 : at + 1
}

/** Whether the units before and at `at` are the halves of one character. */
export function isInsidePair(text: string, at: number): boolean {
  return isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1))
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
