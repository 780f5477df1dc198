import { InputError } from '../errors.ts'

/** Where a value stands: `script.json: answers[2].delayMs`. */
export interface Place {
  readonly name: string
  readonly path: string
}

/** Gives a value as it is to be used, or says where it is wrong and what would be right. */
export type Reader = (value: unknown, place: Place) => unknown

export function wrong({ name, path }: Place, message: string): InputError {
  return new InputError(`${name}: ${path === '' ? '' : `${path}: `}${message}`)
}

export function expected(place: Place, what: string, value: unknown): InputError {
  return wrong(place, `expected ${what}, got ${shown(value)}`)
}

/** A value of which this is true. */
export function value(what: string, isRight: (value: unknown) => boolean): Reader {
  return (given, place) => {
    if (!isRight(given)) throw expected(place, what, given)
    return given
  }
}

export const text = value('a text', (given) => typeof given === 'string')
export const truth = value('true or false', (given) => typeof given === 'boolean')
export const anything = value('a value', () => true)

export function oneOf(...choices: readonly unknown[]): Reader {
  return value(choices.map((choice) => JSON.stringify(choice)).join(' or '), (given) => choices.includes(given))
}

/** A whole number from `least` to `most`. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Reader {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  return value(`a whole number ${range}`, (given) => Number.isSafeInteger(given) && (given as number) >= least && (given as number) <= most)
}

export function amount(most = Number.MAX_SAFE_INTEGER): Reader {
  const range = most === Number.MAX_SAFE_INTEGER ? 'from 0' : `from 0 to ${most}`
  return value(`a number ${range}`, (given) => typeof given === 'number' && given >= 0 && given <= most)
}

export function list(read: Reader): Reader {
  return (given, place) => {
    if (!Array.isArray(given)) throw expected(place, 'a list', given)
    return given.map((item, index) => read(item, { ...place, path: `${place.path}[${index}]` }))
  }
}

export type Fields = Readonly<Record<string, Reader>>

/** An object with these fields and no others. What is undefined is not there. */
export function object(fields: Fields, required: readonly string[] = []): Reader {
  return (given, place) => {
    const entries = Object.entries(objectIn(given, place)).filter(([, field]) => field !== undefined)
    requireKnown(entries.map(([name]) => name), fields, place)
    const missing = required.find((name) => !entries.some(([there]) => there === name))
    if (missing !== undefined) throw wrong(place, `the field ${JSON.stringify(missing)} is missing`)
    return Object.fromEntries(entries.map(([name, field]) => [name, fields[name]!(field, inside(place, name))]))
  }
}

export function requireKnown(names: readonly string[], fields: Fields, place: Place): void {
  const unknown = names.find((name) => !Object.hasOwn(fields, name))
  if (unknown === undefined) return
  const known = Object.keys(fields)
  throw wrong(place, `there is no field ${JSON.stringify(unknown)}${known.length === 0 ? '' : `; the nearest is ${JSON.stringify(nearest(unknown, known))}`}`)
}

/** Objects told apart by one field: the other fields of each, and those that must be there. */
export type Variants = Readonly<Record<string, readonly [fields: Fields, ...required: string[]]>>

export function variant(by: string, variants: Variants): Reader {
  return (given, place) => {
    const kind = objectIn(given, place)[by]
    const found = typeof kind === 'string' && Object.hasOwn(variants, kind) ? variants[kind] : undefined
    if (!found) throw expected(inside(place, by), `one of ${Object.keys(variants).join(', ')}`, kind)
    const [fields, ...required] = found
    return object({ [by]: text, ...fields }, required)(given, place)
  }
}

function inside(place: Place, name: string): Place {
  return { ...place, path: place.path === '' ? name : `${place.path}.${name}` }
}

export function objectIn(given: unknown, place: Place): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw expected(place, 'an object', given)
  return given as Readonly<Record<string, unknown>>
}

/** The one that begins with the word, else the one that differs in the fewest letters. */
export function nearest(word: string, words: readonly string[]): string {
  const typed = word.toLowerCase()
  const distances = words.map((other) => ({ other, distance: other.toLowerCase().startsWith(typed) ? 0 : editDistance(typed, other.toLowerCase()) }))
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).other
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

function shown(given: unknown): string {
  const json = typeof given === 'number' ? String(given) : JSON.stringify(given)
  return json === undefined ? 'nothing' : json.length > 60 ? `${json.slice(0, 57)}…` : json
}
