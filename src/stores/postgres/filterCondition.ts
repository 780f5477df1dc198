import { createFilter } from '../../internal/createFilter.ts'
import type { Filter, FilterValue } from '../../types/filter.ts'
import { comparable, fieldName } from './fields.ts'
import type { Parameters } from './parameters.ts'

/**
 * A condition on `documents d` that holds where the filter matches; every value of it is a parameter.
 *
 * @throws InvalidOptionError when the filter is none.
 */
export function filterCondition(filter: Filter, add: Parameters['add']): string {
  createFilter(filter)
  return conditionOf(filter, add)
}

function conditionOf(filter: Filter, add: Parameters['add']): string {
  if ('and' in filter) return `(${['true', ...filter.and.map((each) => conditionOf(each, add))].join(' AND ')})`
  if ('or' in filter) return `(${['false', ...filter.or.map((each) => conditionOf(each, add))].join(' OR ')})`
  if ('not' in filter) return `NOT ${conditionOf(filter.not, add)}`
  const where = (test: string) => `EXISTS (SELECT 1 FROM fields f WHERE f.document = d.number AND f.name = ${add(fieldName(filter.field), 'bytea')} AND ${test})`
  if ('exists' in filter) return filter.exists ? where('true') : `NOT ${where('true')}`
  if ('equals' in filter) return where(isOneOf([filter.equals], add))
  if ('in' in filter) return where(isOneOf(filter.in, add))
  if ('prefix' in filter) return where(beginsWith(comparable(filter.prefix), add))
  return where(isBetween(filter, add))
}

/** `substring` is what the index holds of a text. */
function isOneOf(values: readonly FilterValue[], add: Parameters['add']): string {
  const texts = values.filter((value) => typeof value === 'string').map(comparable)
  const numbers = values.filter((value) => typeof value === 'number')
  const others = values.filter((value) => typeof value === 'boolean' || value === null).map(String)
  const tests = [
    ...(texts.length === 0 ? [] : [`(substring(f.text from 1 for 64) = ANY(${add(texts.map((text) => text.subarray(0, 64)), 'bytea[]')}) AND f.text = ANY(${add(texts, 'bytea[]')}))`]),
    ...(numbers.length === 0 ? [] : [`f.number = ANY(${add(numbers, 'float8[]')})`]),
    ...(others.length === 0 ? [] : [`f.kind = ANY(${add(others, 'text[]')})`]),
  ]
  return `(${['false', ...tests].join(' OR ')})`
}

function beginsWith(prefix: Buffer, add: Parameters['add']): string {
  return `(f.text IS NOT NULL AND substring(f.text from 1 for ${prefix.length}) = ${add(prefix, 'bytea')})`
}

function isBetween({ from, to }: { readonly from?: number | string; readonly to?: number | string }, add: Parameters['add']): string {
  const value = (end: number | string) => (typeof end === 'number' ? add(end, 'float8') : add(comparable(end), 'bytea'))
  const column = typeof (from ?? to) === 'number' ? 'f.number' : 'f.text'
  return [...(from === undefined ? [] : [`${column} >= ${value(from)}`]), ...(to === undefined ? [] : [`${column} <= ${value(to)}`])].join(' AND ')
}
