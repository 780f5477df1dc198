/**
 * The Porter stemmer for English words in lower case (M. F. Porter, "An algorithm for suffix stripping", 1980,
 * with the two departures of its author's own program: `logi` in step 2 and `bli` for `abli`).
 */
export function stem(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word
  return step5(step4(step3(step2(step1c(step1b(step1a(word)))))))
}

const consonant = '[^aeiou]'
const vowel = '[aeiouy]'
const consonants = `${consonant}[^aeiouy]*`
const vowels = `${vowel}[aeiou]*`
/** The measure m of a stem, as patterns: how often a vowel run is followed by a consonant run. */
const measureOver0 = new RegExp(`^(${consonants})?${vowels}${consonants}`)
const measureIs1 = new RegExp(`^(${consonants})?${vowels}${consonants}(${vowels})?$`)
const measureOver1 = new RegExp(`^(${consonants})?${vowels}${consonants}${vowels}${consonants}`)
const hasVowel = new RegExp(`^(${consonants})?${vowel}`)
const endsShort = new RegExp(`^${consonants}${vowel}[^aeiouwxy]$`)
const endsDouble = /([^aeiouylsz])\1$/

function step1a(word: string): string {
  if (word.endsWith('sses') || word.endsWith('ies')) return word.slice(0, -2)
  if (word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1)
  return word
}

function step1b(word: string): string {
  if (word.endsWith('eed')) return measureOver0.test(word.slice(0, -3)) ? word.slice(0, -1) : word
  const root = word.endsWith('ed') ? word.slice(0, -2) : word.endsWith('ing') ? word.slice(0, -3) : undefined
  if (root === undefined || !hasVowel.test(root)) return word
  if (/(at|bl|iz)$/.test(root)) return `${root}e`
  if (endsDouble.test(root)) return root.slice(0, -1)
  return endsShort.test(root) ? `${root}e` : root
}

function step1c(word: string): string {
  return word.endsWith('y') && hasVowel.test(word.slice(0, -1)) ? `${word.slice(0, -1)}i` : word
}

const endings2: ReadonlyMap<string, string> = new Map([
  ['ational', 'ate'], ['tional', 'tion'], ['enci', 'ence'], ['anci', 'ance'], ['izer', 'ize'], ['bli', 'ble'], ['alli', 'al'],
  ['entli', 'ent'], ['eli', 'e'], ['ousli', 'ous'], ['ization', 'ize'], ['ation', 'ate'], ['ator', 'ate'], ['alism', 'al'],
  ['iveness', 'ive'], ['fulness', 'ful'], ['ousness', 'ous'], ['aliti', 'al'], ['iviti', 'ive'], ['biliti', 'ble'], ['logi', 'log'],
])
const pattern2 =
  /(ational|tional|enci|anci|izer|bli|alli|entli|eli|ousli|ization|ation|ator|alism|iveness|fulness|ousness|aliti|iviti|biliti|logi)$/

function step2(word: string): string {
  return replaceEnding(word, pattern2, endings2)
}

const endings3: ReadonlyMap<string, string> = new Map([
  ['icate', 'ic'], ['ative', ''], ['alize', 'al'], ['iciti', 'ic'], ['ical', 'ic'], ['ful', ''], ['ness', ''],
])
const pattern3 = /(icate|ative|alize|iciti|ical|ful|ness)$/

function step3(word: string): string {
  return replaceEnding(word, pattern3, endings3)
}

function replaceEnding(word: string, pattern: RegExp, endings: ReadonlyMap<string, string>): string {
  const ending = pattern.exec(word)?.[0]
  if (ending === undefined) return word
  const root = word.slice(0, -ending.length)
  return measureOver0.test(root) ? root + (endings.get(ending) ?? '') : word
}

const pattern4 = /(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/

function step4(word: string): string {
  const ending = pattern4.exec(word)?.[0]
  if (ending !== undefined) {
    const root = word.slice(0, -ending.length)
    return measureOver1.test(root) ? root : word
  }
  if (!/[st]ion$/.test(word)) return word
  const root = word.slice(0, -3)
  return measureOver1.test(root) ? root : word
}

function step5(word: string): string {
  let result = word
  if (result.endsWith('e')) {
    const root = result.slice(0, -1)
    if (measureOver1.test(root) || (measureIs1.test(root) && !endsShort.test(root))) result = root
  }
  return result.endsWith('ll') && measureOver1.test(result) ? result.slice(0, -1) : result
}
