import { RagError } from '../errors.ts'

/** What a JSON text says while it is still coming. */
export interface JsonReader {
  /** The object or list as far as it has come: one value that grows. Undefined before it begins. */
  readonly value: unknown
  /** Its last bracket has come; what follows is passed over. */
  readonly complete: boolean
  /** Reads on. Fails with `RagError` `invalid-json` when it cannot be JSON; `value` then holds what was valid. */
  push(text: string): void
}

type Container = Record<string, unknown> | unknown[]
/** What may come next. */
type Expecting = 'key-or-end' | 'key' | 'colon' | 'value' | 'value-or-end' | 'comma-or-end'

const maxDepth = 200
const blank = /[ \t\n\r]*/y
/** Up to a quote, a backslash or what may not stand in a string. */
const plain = /[^"\\\x00-\x1f]*/y
const word = /[-+.\w]*/y
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/
const literals: ReadonlyMap<string, unknown> = new Map<string, unknown>([['true', true], ['false', false], ['null', null]])
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Reads the first object or list in a text that comes in pieces, in time linear in the text. What stands before it, as prose or the
 * fence of a code block, is passed over: it begins with the first bracket that is the first thing on its line.
 *
 * A string is there from its quote on and grows; a number, `true`, `false` and `null` are there when they are whole.
 */
export function createJsonReader(): JsonReader {
  const stack: Container[] = []
  let keys: (string | undefined)[] = []
  let expecting: Expecting = 'value'
  let atLineStart = true
  /** A string, or a word, that is not whole. */
  let string: string | undefined
  let isKey = false
  let pending = ''
  let isWord = false

  const fail = (found: string): never => {
    throw new RagError('invalid-json', `Expected JSON, got ${JSON.stringify(found.slice(0, 40))} at depth ${stack.length}`)
  }
  const put = (value: unknown) => {
    const container = stack.at(-1)
    if (container === undefined) reader.value = value
    else if (Array.isArray(container)) container.push(value)
    else define(container, keys.at(-1) ?? '', value)
  }
  const replace = (value: string) => {
    const container = stack.at(-1)
    if (Array.isArray(container)) container[container.length - 1] = value
    else if (container !== undefined) define(container, keys.at(-1) ?? '', value)
  }
  const open = (container: Container) => {
    if (stack.length === maxDepth) fail('brackets within brackets')
    put(container)
    stack.push(container)
    keys.push(undefined)
    expecting = Array.isArray(container) ? 'value-or-end' : 'key-or-end'
  }
  const close = (bracket: string) => {
    const container = stack.pop()
    if (Array.isArray(container) !== (bracket === ']')) fail(bracket)
    keys.pop()
    if (stack.length === 0) reader.complete = true
    expecting = 'comma-or-end'
  }
  /** Behind the string that is open, as far as it has come. */
  const readString = (text: string, from: number): number => {
    let at = from
    let value = string ?? ''
    for (;;) {
      plain.lastIndex = at
      value += plain.exec(text)![0]
      at = plain.lastIndex
      if (at === text.length) break
      const character = text.charAt(at)
      if (character === '"') {
        endString(value)
        return at + 1
      }
      if (character !== '\\') fail(character)
      const length = text.charAt(at + 1) === 'u' ? 6 : 2
      if (at + length > text.length) break
      value += unescaped(text.slice(at, at + length)) ?? fail(text.slice(at, at + length))
      at += length
    }
    string = value
    if (!isKey) replace(value)
    return at
  }
  const endString = (value: string) => {
    string = undefined
    if (!isKey) replace(value)
    else keys[keys.length - 1] = value
    expecting = isKey ? 'colon' : 'comma-or-end'
    isKey = false
  }
  const endWord = (text: string) => {
    isWord = false
    if (literals.has(text)) put(literals.get(text))
    else if (number.test(text)) put(Number(text))
    else fail(text)
    expecting = 'comma-or-end'
  }
  /** One thing that is no string and no word; returns where it ends. */
  const readMark = (text: string, at: number): number => {
    const character = text.charAt(at)
    const mayEnd = expecting === 'comma-or-end' || expecting === 'key-or-end' || expecting === 'value-or-end'
    if ((character === '}' || character === ']') && mayEnd) close(character)
    else if (character === ',' && expecting === 'comma-or-end') expecting = Array.isArray(stack.at(-1)) ? 'value' : 'key'
    else if (character === ':' && expecting === 'colon') expecting = 'value'
    else if (character === '"' && (expecting === 'key' || expecting === 'key-or-end')) {
      isKey = true
      string = ''
    } else if (expecting !== 'value' && expecting !== 'value-or-end') fail(character)
    else if (character === '"') {
      string = ''
      put('')
    } else if (character === '{' || character === '[') open(character === '{' ? {} : [])
    else isWord = true
    return isWord ? at : at + 1
  }
  /** Looks for the beginning; returns where it is, or the end of the text. */
  const findStart = (text: string): number => {
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at)
      if (character === '\n') atLineStart = true
      else if (atLineStart && (character === '{' || character === '[')) return at
      else if (character !== ' ' && character !== '\t' && character !== '\r') atLineStart = false
    }
    return text.length
  }

  const reader: { value: unknown; complete: boolean; push(text: string): void } = {
    value: undefined,
    complete: false,
    push(piece) {
      if (reader.complete) return
      const text = pending + piece
      pending = ''
      let at = reader.value === undefined ? findStart(text) : 0
      while (at < text.length && !reader.complete) {
        if (string !== undefined) {
          const next = readString(text, at)
          if (next === at || (string !== undefined && next < text.length)) {
            pending = text.slice(next)
            return
          }
          at = next
        } else if (isWord) {
          word.lastIndex = at
          const found = word.exec(text)![0]
          if (found === '' || found.length > 400) fail(text.slice(at, at + 1))
          if (word.lastIndex === text.length) {
            pending = text.slice(at)
            return
          }
          endWord(found)
          at += found.length
        } else {
          blank.lastIndex = at
          blank.exec(text)
          at = blank.lastIndex
          if (at < text.length) at = readMark(text, at)
        }
      }
    },
  }
  return reader
}

function unescaped(sequence: string): string | undefined {
  if (sequence.length === 2) return escapes[sequence.charAt(1)]
  return /^\\u[0-9a-fA-F]{4}$/.test(sequence) ? String.fromCharCode(Number.parseInt(sequence.slice(2), 16)) : undefined
}

/** A key may be called `__proto__`. */
function define(container: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  else container[key] = value
}
