/**
 * A light stemmer for Spanish words in lower case without accents: number and gender of nouns and adjectives go
 * (J. Savoy, "Report on CLEF-2001 experiments", 2002).
 */
export function stemSpanish(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
  // `ingleses` is the plural of `ingles`, whose own ending goes below.
  if (word.length > 6 && word.endsWith('eses')) return word.slice(0, -4)
  if (word.endsWith('ces')) return `${word.slice(0, -3)}z`
  if (/[aeo]s$/.test(word)) return word.slice(0, -2)
  return /[aeo]$/.test(word) ? word.slice(0, -1) : word
}
