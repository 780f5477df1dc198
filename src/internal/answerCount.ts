import type { Tokenizer } from '../types/ports.ts'

/** Counts the tokens of an answer, if in the end somebody has to know. */
export interface AnswerCount {
  /** Cheap: remembers the text. */
  add(text: string): void
  total(): number
}

/** Most answers end before it is reached: they are not counted at all when the server reports usage. */
const maxHeldUnits = 65_536

/**
 * Memory: 64 Ki UTF-16 units of text, then what the tokenizer's running count keeps. A tokenizer whose counts do not add up
 * counts each such piece on its own.
 */
export function createAnswerCount(tokenizer: Tokenizer): AnswerCount {
  const running = tokenizer.counter?.()
  let held: string[] = []
  let units = 0
  let counted = 0

  const count = () => {
    const text = held.join('')
    held = []
    units = 0
    if (text !== '') counted = running ? running.add(text) : counted + tokenizer.count(text)
  }
  return {
    add(text) {
      held.push(text)
      units += text.length
      if (units > maxHeldUnits) count()
    },
    total() {
      count()
      return counted
    },
  }
}
