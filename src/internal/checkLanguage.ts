import { InvalidOptionError } from '../errors.ts'
import { languages } from './languages.ts'

export function checkLanguage(language: string): void {
  if (!Object.hasOwn(languages, language)) throw new InvalidOptionError(`Expected language to be ${Object.keys(languages).join(', ')}, got ${JSON.stringify(language)}`)
}
