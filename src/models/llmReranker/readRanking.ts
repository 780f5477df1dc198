/**
 * Indexes of passages, best first, from what a model wrote: `3, 1, 2`, `[3] > [1]`, `{"ranking": [3, 1]}`, a numbered
 * list of them, digits of any script. Numbers that name no passage, and repetitions, are passed over.
 */
export function readRanking(text: string, passages: number): number[] {
  const said = text.replace(/\p{Nd}/gu, digitOf)
  const bracketed = (said.match(/\[[^\][]*\]/g) ?? []).join(' ')
  const named = numbersIn(bracketed, passages)
  return named.length > 0 ? named : numbersIn(withoutListNumbers(said), passages)
}

/** Whole numbers from 1 to the number of passages, as indexes; `0.95` is a score. */
function numbersIn(text: string, passages: number): number[] {
  const numbers = Array.from(text.matchAll(/(?<![\d.]|\d[.])\d+(?!\d|\.\d)/g), ([digits]) => Number(digits))
  return [...new Set(numbers.filter((number) => number >= 1 && number <= passages))].map((number) => number - 1)
}

/** Lines that begin with 1., 2., 3. and go on with a number are a list; those are its ranks. */
function withoutListNumbers(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const isList = lines.length > 1 && lines.every((line, index) => new RegExp(`^\\s*${index + 1}[.):]\\s.*\\d`).test(line))
  return isList ? lines.map((line) => line.replace(/^\s*\d+/, '')).join('\n') : text
}

/** Digits of a script are ten in a row from its zero on, so the value is how many stand before it. */
function digitOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++
  return String(code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : value)
}
