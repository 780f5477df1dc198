import { SkippedError } from '../errors.ts'
import { MAX_TEXT_LENGTH } from './parsedText.ts'

const MAX_DEPTH = 200

/** JSON.parse that keeps whole numbers too large for a double as they are written. */
export function parseJsonText(text: string): unknown {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  if (!/\d{16}/.test(source)) return JSON.parse(source)
  return JSON.parse(source, keepLongNumbers)
}

/** The third argument is what the number looked like; TypeScript does not know it yet. */
function keepLongNumbers(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value
}

/**
 * Readable text of a JSON value: `path: value` lines, a blank line between the items of the outermost list or object of objects.
 *
 * @throws SkippedError when it is nested deeper than 200 levels, or would become too long.
 */
export function jsonToText(value: unknown, name: string): string {
  const lines: string[] = []
  let length = 0
  const add = (line: string) => {
    length += line.length + 1
    if (length > MAX_TEXT_LENGTH) throw new SkippedError('too-large', `${name} would be too long as text`)
    lines.push(line)
  }

  const visit = (item: unknown, path: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new SkippedError('unsupported', `${name} is nested deeper than ${MAX_DEPTH} levels`)
    if (typeof item !== 'object' || item === null) {
      add(path === '' ? String(item) : `${path}: ${String(item)}`)
    } else if (Array.isArray(item)) {
      visitList(item, path, depth)
    } else {
      for (const [key, child] of Object.entries(item)) {
        if (depth === 0 && isNested(child) && lines.length > 0) add('')
        visit(child, path === '' ? key : `${path}.${key}`, depth + 1)
      }
    }
  }
  const visitList = (list: readonly unknown[], path: string, depth: number) => {
    for (const [index, child] of list.entries()) {
      if (depth <= 1 && isNested(child) && lines.length > 0 && lines.at(-1) !== '') add('')
      visit(child, `${path}[${index}]`, depth + 1)
    }
  }

  visit(value, '', 0)
  return lines.join('\n')
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
