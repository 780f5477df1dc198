import { InvalidOptionError } from '../errors.ts'
import type { Metadata, MetadataValue } from '../types/document.ts'
import type { Filter, FilterValue } from '../types/filter.ts'

/** What a filter sees of a document. */
export interface Filtered {
  readonly documentId: string
  readonly title?: string | undefined
  readonly uri?: string | undefined
  readonly metadata?: Metadata | undefined
}

/** Tells documents that match from those that do not. Stores that can ask their database are to find the same. */
export type Matches = (document: Filtered) => boolean

type Test = (value: MetadataValue) => boolean

/** @throws InvalidOptionError when the filter is none. */
export function createFilter(filter: Filter): Matches {
  if (typeof filter !== 'object' || filter === null) throw wrong('an object', filter)
  if ('and' in filter) {
    const all = each(filter.and)
    return (document) => all.every((matches) => matches(document))
  }
  if ('or' in filter) {
    const all = each(filter.or)
    return (document) => all.some((matches) => matches(document))
  }
  if ('not' in filter) {
    const matches = createFilter(filter.not)
    return (document) => !matches(document)
  }
  if (typeof filter.field !== 'string' || filter.field === '') throw wrong('a field', filter)
  const path = filter.field.split('.')
  if ('exists' in filter) {
    if (typeof filter.exists !== 'boolean') throw wrong('exists: true or false', filter)
    return (document) => holds(valueOf(document, path[0] ?? ''), path.slice(1), () => true) === filter.exists
  }
  const test = testOf(filter)
  return (document) => holds(valueOf(document, path[0] ?? ''), path.slice(1), test)
}

function each(filters: readonly Filter[]): Matches[] {
  if (!Array.isArray(filters)) throw wrong('a list of filters', filters)
  return (filters as readonly Filter[]).map(createFilter)
}

function testOf(filter: Extract<Filter, { field: string }>): Test {
  if ('equals' in filter) {
    const { equals } = filter
    if (!isValue(equals)) throw wrong('equals: a text, a number, true, false or null', filter)
    return (value) => value === equals
  }
  if ('in' in filter) {
    if (!Array.isArray(filter.in) || !filter.in.every(isValue)) throw wrong('in: a list of texts, numbers, true, false or null', filter)
    const values = new Set<MetadataValue>(filter.in)
    return (value) => values.has(value)
  }
  if ('prefix' in filter) {
    const { prefix } = filter
    if (typeof prefix !== 'string') throw wrong('prefix: a text', filter)
    return (value) => typeof value === 'string' && value.startsWith(prefix)
  }
  const { from, to } = filter as { readonly from?: unknown; readonly to?: unknown }
  const kind = typeof (from ?? to)
  const isEnd = (end: unknown) => end === undefined || (typeof end === kind && (typeof end === 'string' || Number.isFinite(end)))
  if ((from ?? to) === undefined || !isEnd(from) || !isEnd(to)) throw wrong('equals, in, from and to (both numbers or both texts), prefix or exists', filter)
  return (value) => typeof value === kind && (from === undefined || value! >= from!) && (to === undefined || value! <= to!)
}

function isValue(value: unknown): value is FilterValue {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

function valueOf(document: Filtered, name: string): MetadataValue | undefined {
  if (name === 'documentId' || name === 'title' || name === 'uri') return document[name]
  return own(document.metadata, name)
}

/** Goes down the path, through every element of lists on the way. */
function holds(value: MetadataValue | undefined, path: readonly string[], test: Test): boolean {
  if (value === undefined) return false
  if (Array.isArray(value)) return (value as readonly MetadataValue[]).some((item) => holds(item, path, test))
  const [name, ...rest] = path
  if (name === undefined) return test(value)
  return typeof value === 'object' && value !== null && holds(own(value as Metadata, name), rest, test)
}

function own(record: Metadata | undefined, name: string): MetadataValue | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

function wrong(expected: string, got: unknown): InvalidOptionError {
  return new InvalidOptionError(`Expected a filter with ${expected}, got ${JSON.stringify(got)?.slice(0, 200)}`)
}
