import { behindCharacter, characterClass as is, classAt, isInsidePair } from './characterClasses.ts'

/** Tells where the pre-token that begins at `start` ends. `start` is inside the text. */
export type PieceEnd = (text: string, start: number) => number

/** Longer runs of one class are cut here: so a piece and what must be looked at to find its end are bounded. */
export const longestRun = 512

const apostrophe = 0x27
const slash = 0x2f

/**
 * The pre-tokens of `o200k_base`, by hand because its pattern as a regular expression takes three times as long:
 *
 *     P? U* L+ C? | P? U+ L* C? | \p{N}{1,3} | ' '? [^\s\p{L}\p{N}]+ [\r\n/]* | \s*[\r\n]+ | \s+(?!\S) | \s+
 *
 * with P any character but letters, numbers and line breaks; U upper, title, modifier and other letters and marks; L the same
 * with lower for upper; C a contraction such as `'re`. The same pieces unless a run is longer than `longestRun`.
 */
export function o200kPieceEnd(text: string, start: number): number {
  return plainWordEnd(text, start) ?? anyPieceEnd(text, start)
}

/**
 * What most pieces of a text are, at a third of the cost: small ASCII letters behind a blank, a capital or neither. `undefined` for another
 * piece. Never looks behind the end of the text, which makes V8's code slow for good.
 */
function plainWordEnd(text: string, start: number): number | undefined {
  let at = text.charCodeAt(start) === 0x20 ? start + 1 : start
  const limit = Math.min(text.length, at + longestRun)
  if (at < limit && isCapital(text.charCodeAt(at))) at++
  const lower = at
  while (at < limit && isSmall(text.charCodeAt(at))) at++
  if (at === lower || at === limit) return at > lower && at === text.length ? at : undefined
  const next = text.charCodeAt(at)
  return next === apostrophe || next >= 0x80 ? undefined : at
}

function isCapital(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a
}

function isSmall(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a
}

function anyPieceEnd(text: string, start: number): number {
  const first = classAt(text, start)
  if (first <= is.mark) return wordEnd(text, start)
  if (first === is.number) return numberEnd(text, start)
  if (first !== is.lineBreak) {
    const second = behindCharacter(text, start)
    if (second < text.length && classAt(text, second) <= is.mark) return wordEnd(text, second)
  }
  const isSpace = text.charCodeAt(start) === 0x20
  const symbols = isSpace ? start + 1 : start
  if (symbols < text.length && classAt(text, symbols) === is.symbol) return symbolsEnd(text, symbols)
  return blanksEnd(text, start)
}

/** U* takes all it can; when no lower letter follows, it gives back down to the last one that L may take as well. */
function wordEnd(text: string, start: number): number {
  const limit = limitOf(text, start)
  let at = start
  let behindEither = start
  let found = 0
  for (; at < limit; at++) {
    found = classAt(text, at)
    if (found === is.letter || found === is.mark) behindEither = at + 1
    else if (found !== is.upper) break
  }
  if (at < limit && found === is.lower) return contractionEnd(text, lowerEnd(text, at))
  return contractionEnd(text, behindEither > start ? behindEither : at)
}

function lowerEnd(text: string, start: number): number {
  const limit = limitOf(text, start)
  let at = start
  for (; at < limit; at++) {
    const found = classAt(text, at)
    if (found < is.lower || found > is.mark) break
  }
  return at
}

/** Behind `'s 't 'm 'd 're 've 'll` in either case at `at`, or `at`. The long s counts as an s. */
function contractionEnd(text: string, at: number): number {
  if (at >= text.length || text.charCodeAt(at) !== apostrophe) return at
  const letter = text.charAt(at + 1)
  if (letter !== '' && 'sStTmMdDſ'.includes(letter)) return at + 2
  const pair = text.slice(at + 1, at + 3).toLowerCase()
  return pair === 're' || pair === 've' || pair === 'll' ? at + 3 : at
}

function numberEnd(text: string, start: number): number {
  let at = start
  for (let digits = 0; digits < 3 && at < text.length && classAt(text, at) === is.number; digits++) at = behindCharacter(text, at)
  return at
}

function symbolsEnd(text: string, start: number): number {
  let limit = limitOf(text, start)
  let at = start
  for (; at < limit; at++) {
    const found = classAt(text, at)
    if (found !== is.symbol && found !== is.mark) break
  }
  limit = limitOf(text, at)
  while (at < limit && (classAt(text, at) === is.lineBreak || text.charCodeAt(at) === slash)) at++
  return at
}

/** Up to the last line break among the blanks; without one, all but the last blank, which goes with what follows. */
function blanksEnd(text: string, start: number): number {
  const limit = limitOf(text, start)
  let at = start
  let behindBreak = start
  for (; at < limit; at++) {
    const found = classAt(text, at)
    if (found === is.lineBreak) behindBreak = at + 1
    else if (found !== is.blank) break
  }
  if (behindBreak > start) return behindBreak
  return at === limit || at === start + 1 ? at : at - 1
}

/** Where a run that begins at `start` must end: never inside a character. */
function limitOf(text: string, start: number): number {
  const limit = Math.min(text.length, start + longestRun)
  return limit < text.length && isInsidePair(text, limit) ? limit + 1 : limit
}
