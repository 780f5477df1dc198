import { type OperatorFunction, defer, map } from 'rxjs'
import type { RunningCount, Tokenizer } from '../types/ports.ts'

/**
 * Counts the tokens of a text that arrives in pieces: for each piece, the count of all text so far. It equals
 * `tokenizer.count` of the pieces joined, wherever they are cut, also inside words and characters.
 *
 * - Order: one number for each piece, at once.
 * - Memory: the last few words; the whole text when the tokenizer has no `counter`.
 * - Drop: nothing to release.
 * - Errors: the source's, and what the tokenizer throws.
 *
 * @example
 * chunks.pipe(filter((chunk) => chunk.type === 'text'), map((chunk) => chunk.text), countTokens(tiktoken()))
 */
export function countTokens(tokenizer: Tokenizer): OperatorFunction<string, number> {
  return (texts) =>
    defer(() => {
      const running = tokenizer.counter?.() ?? countAgain(tokenizer)
      return texts.pipe(map((text) => running.add(text)))
    })
}

/** Counts of parts do not add up to the count of the whole, so the whole is counted each time. */
function countAgain(tokenizer: Tokenizer): RunningCount {
  let all = ''
  return { add: (text) => tokenizer.count((all += text)) }
}
