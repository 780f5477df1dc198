/**
 * A light stemmer for German words in lower case without accents: the two steps that J. Savoy, "Light stemming approaches
 * for the French, Portuguese, German and Hungarian languages", 2006, gives: inflection of nouns and adjectives goes, verbs
 * and compounds stay.
 */
export function stemGerman(word: string): string {
  return /^[a-z]+$/.test(word) ? step2(step1(word)) : word
}

/** Endings of case and number. */
function step1(word: string): string {
  const { length } = word
  if (length > 5 && word.endsWith('ern')) return word.slice(0, -3)
  if (length > 4 && /e[mnrs]$/.test(word)) return word.slice(0, -2)
  if (length > 3 && (word.endsWith('e') || beforeS.test(word))) return word.slice(0, -1)
  return word
}

/** Endings of comparison. */
function step2(word: string): string {
  const { length } = word
  if (length > 5 && word.endsWith('est')) return word.slice(0, -3)
  if (length > 4 && (/e[rn]$/.test(word) || beforeSt.test(word))) return word.slice(0, -2)
  return word
}

const beforeS = /[bdfghklmnt]s$/
const beforeSt = /[bdfghklmnt]st$/
