import { InputError } from '../errors.ts'
import type { Filter, FilterValue } from '../types/filter.ts'

/**
 * `field=value`, `!=`, `>=`, `<=`, `^=` (begins with), `field in a,b`, and `field` or `!field` alone (is there, is not).
 *
 * A value that is a number in JSON, `true`, `false` or `null` is one, anything else and what stands in double quotes is text.
 * @throws InputError with the place of what is wrong.
 */
export function parseFilter(text: string): Filter {
  const [, not = '', field = '', rest = ''] = /^\s*(!?)\s*([^\s=!<>^,"]*)\s*(.*)$/s.exec(text) ?? []
  const at = (offset: number, expected: string) => new InputError(`--filter ${JSON.stringify(text)}: expected ${expected} at character ${offset + 1}.`)
  const start = text.length - rest.length
  if (field === '') throw at(text.length - text.trimStart().length + not.length, 'the name of a field')
  if (rest === '') return { field, exists: not === '' }
  if (not !== '') throw at(start, 'the end, as !field says that a field is not there')
  const [whole, sign] = /^(=|!=|>=|<=|\^=|in(?=\s))\s*/.exec(rest) ?? []
  if (whole === undefined || sign === undefined) throw at(start, '=, !=, >=, <=, ^= or in')
  const from = start + whole.length
  const fail = (offset: number, expected: string) => at(from + offset, expected)
  const values = readValues(text.slice(from), sign === 'in', fail)
  const [value = ''] = values
  if (sign === 'in') return { field, in: values }
  if (sign === '=') return { field, equals: value }
  if (sign === '!=') return { not: { field, equals: value } }
  if (sign === '^=') return { field, prefix: typeof value === 'string' ? value : text.slice(from).trim() }
  if (typeof value !== 'string' && typeof value !== 'number') throw fail(0, 'a number or a text')
  return sign === '>=' ? { field, from: value } : { field, to: value }
}

/** Several filters that must all hold. */
export function parseFilters(texts: readonly string[] | undefined): Filter | undefined {
  const filters = texts?.map(parseFilter) ?? []
  return filters.length > 1 ? { and: filters } : filters[0]
}

function readValues(text: string, isList: boolean, fail: (offset: number, expected: string) => InputError): FilterValue[] {
  const values: FilterValue[] = []
  const item = isList ? /\s*("(?:[^"\\]|\\.)*"|[^",]*)\s*(,|$)/y : /\s*("(?:[^"\\]|\\.)*"|[^"]*)\s*($)/y
  for (;;) {
    const start = item.lastIndex
    const found = item.exec(text)
    if (found === null) throw fail(start, 'a value, or one in double quotes')
    const [, value = '', end] = found
    if (value.trim() === '') throw fail(start, 'a value')
    values.push(valueOf(value.trim(), () => fail(start, 'a text in double quotes as JSON writes it')))
    if (end === '') return values
  }
}

const typed = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/

function valueOf(text: string, fail: () => InputError): FilterValue {
  if (typed.test(text)) return JSON.parse(text) as FilterValue
  if (!text.startsWith('"')) return text
  try {
    return JSON.parse(text) as string
  } catch {
    throw fail()
  }
}
