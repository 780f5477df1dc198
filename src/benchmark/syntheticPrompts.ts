import { InvalidOptionError } from '../errors.ts'
import { createRandom } from '../internal/random.ts'
import type { Tokenizer } from '../types/ports.ts'

/** Common words; those that are one token with the blank before them are used. */
const words = (
  'about above after again air all along also animal another answer any area ask away back base because bed been before began being below best better between ' +
  'big bird black blue boat body book both box boy bring build call came car care change children city close cold come could country cut day did different ' +
  'direct distance door down draw each early earth east easy eat end enough even ever every example eye face fact family far farm fast father feel feet few ' +
  'field fill final find fire first fish five fly follow food foot for form found four free friend from front full game gave get girl give go gold good got ' +
  'great green ground group grow had half hand hard have head hear heat help here high hold home horse hot hour house hundred idea if inch island just keep ' +
  'kind king knew know land language large last late laugh lay lead learn leave left less letter life light like line list listen little live long look love ' +
  'low machine made make man many map mark may mean men might mile mind minute miss money moon more morning most mother mountain move much music must name near'
).split(' ')

/**
 * Prompts of exactly so many tokens, by name, each another from its first words on, so that no cache knows its beginning. Tokens of the
 * text itself: what a server puts around a message is its own.
 *
 * @throws InvalidOptionError when the tokenizer has too few words of one token.
 */
export function syntheticPrompts(tokens: number, seed: number, tokenizer: Tokenizer): (name: string) => string {
  const known = words.filter((word) => tokenizer.count(` ${word}`) === 1 && tokenizer.count(word) === 1)
  if (known.length < 50) throw new InvalidOptionError(`Expected a tokenizer with common words of one token, ${tokenizer.id} has ${known.length} of ${words.length}`)
  return (name) => {
    const random = createRandom('prompt', seed, name)
    return Array.from({ length: tokens }, () => known[Math.floor(random() * known.length)]).join(' ')
  }
}
