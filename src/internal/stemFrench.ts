/**
 * A light stemmer for French words in lower case without accents: plural, feminine and the endings of infinitive and
 * participle go (J. Savoy, "A stemming procedure and stopword list for general French corpora", 1999, the short form).
 */
export function stemFrench(word: string): string {
  if (!/^[a-z]+$/.test(word)) return word
  let stemmed = singular(word)
  if (stemmed.length < 5) return stemmed
  // The second `e` is that of `ée`.
  for (const ending of ['r', 'e', 'e']) if (stemmed.endsWith(ending)) stemmed = stemmed.slice(0, -1)
  return stemmed.replace(/([a-z])\1$/, '$1')
}

function singular(word: string): string {
  if (word.length > 5 && word.endsWith('aux') && !word.endsWith('eaux')) return `${word.slice(0, -2)}l`
  if (word.length > 4 && /[^s]s$|x$/.test(word)) return word.slice(0, -1)
  return word
}
