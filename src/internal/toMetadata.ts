import type { Metadata, MetadataValue } from '../types/document.ts'

const MAX_DEPTH = 16
const MAX_VALUES = 10_000
const MAX_STRING_LENGTH = 65_536

/**
 * Makes plain JSON of what a document says about itself. It is hostile: nesting deeper than 16, more than 10,000 values
 * (an alias counts each time it is met) and what JSON cannot hold are left out, long strings are cut.
 */
export function toMetadata(value: unknown): Metadata {
  const budget = { values: MAX_VALUES }
  return typeof value === 'object' && value !== null ? toRecord(value, 0, budget) : {}
}

function toValue(value: unknown, depth: number, budget: { values: number }): MetadataValue | undefined {
  budget.values -= 1
  if (budget.values < 0) return undefined
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return value.length > MAX_STRING_LENGTH ? value.slice(0, MAX_STRING_LENGTH) : value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString()
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return undefined
  if (!Array.isArray(value)) return toRecord(value, depth + 1, budget)

  const list: MetadataValue[] = []
  for (const item of value) {
    const converted = toValue(item, depth + 1, budget)
    if (converted !== undefined) list.push(converted)
    if (budget.values < 0) break
  }
  return list
}

/** `Object.fromEntries` defines keys such as `__proto__` as plain ones. */
function toRecord(value: object, depth: number, budget: { values: number }): Metadata {
  const entries: [string, MetadataValue][] = []
  for (const [key, item] of Object.entries(value)) {
    const converted = toValue(item, depth, budget)
    if (converted !== undefined) entries.push([key, converted])
    if (budget.values < 0) break
  }
  return Object.fromEntries(entries)
}
