import type { MetadataValue } from '../../types/document.ts'
import type { StoredDocument } from '../../types/ports.ts'
import { keyOf } from '../textHash.ts'

/** One value of a document's metadata, by the path to it. */
export interface Field {
  readonly name: Buffer
  readonly kind: 'text' | 'number' | 'true' | 'false' | 'null' | 'object'
  readonly number: number | null
  readonly text: Buffer | null
}

/** What filters can ask for: id, title, address and all metadata, lists element by element, as `createFilter` reads them. */
export function fieldsOf({ id, title, uri, metadata = {} }: StoredDocument['document']): Field[] {
  const own = { documentId: id, ...(title === undefined ? {} : { title }), ...(uri === undefined ? {} : { uri }) }
  const isFree = (name: string) => !['documentId', 'title', 'uri'].includes(name)
  return [...fieldsBelow(Object.entries(own), []), ...fieldsBelow(Object.entries(metadata).filter(([name]) => isFree(name)), [])]
}

/** Names with a dot in them cannot be asked for. */
function fieldsBelow(entries: readonly (readonly [string, MetadataValue])[], path: readonly string[]): Field[] {
  return entries.flatMap(([name, value]) => (name.includes('.') ? [] : fieldsAt(value, [...path, name])))
}

function fieldsAt(value: MetadataValue | undefined, path: readonly string[]): Field[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return (value as readonly MetadataValue[]).flatMap((item) => fieldsAt(item, path))
  const name = fieldName(path.join('.'))
  if (typeof value === 'string') return [{ name, kind: 'text', number: null, text: comparable(value) }]
  if (typeof value === 'number') return [{ name, kind: 'number', number: value, text: null }]
  if (typeof value !== 'object' || value === null) return [{ name, kind: String(value) as 'true', number: null, text: null }]
  return [{ name, kind: 'object', number: null, text: null }, ...fieldsBelow(Object.entries(value), path)]
}

export function fieldName(path: string): Buffer {
  return keyOf(`field ${path}`)
}

/** Bytes that compare as the text's code units do. */
export function comparable(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}
