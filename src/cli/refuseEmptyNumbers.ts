import { InputError } from '../errors.ts'
import { asTyped } from './asTyped.ts'

/** `--seed=` and `--seed ''` have no number, and yargs would take that for 0. Looks at the words as they were typed. */
export function refuseEmptyNumbers(words: readonly string[], numbers: readonly string[]): void {
  const end = words.indexOf('--')
  const options = end < 0 ? words : words.slice(0, end)
  for (const [index, word] of options.entries()) {
    const [, name = '', value = options[index + 1]] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    if (value?.trim() === '' && numbers.includes(asTyped(name))) throw new InputError(`Expected --${asTyped(name)} to be a number, got an empty text.`)
  }
}
