import type { StatementSync } from 'node:sqlite'
import { createFilter } from '../../internal/createFilter.ts'
import type { Accepts } from '../../internal/rankPassages.ts'
import type { Metadata } from '../../types/document.ts'
import type { Filter } from '../../types/filter.ts'

/** Filters whose passages are remembered. */
const maxKept = 16

/** Which passages are of documents that match: every document is asked once for a filter, until something is written. */
export function createAccepting(prepare: (sql: string) => StatementSync): (filter: Filter) => Accepts {
  const kept = new Map<string, ReadonlySet<number>>()
  return (filter) => {
    const matches = createFilter(filter)
    const name = JSON.stringify(filter)
    const numbers = kept.get(name) ?? passagesWhere(prepare, (row) => matches(toFiltered(row)))
    if (!kept.has(name) && kept.size >= maxKept) kept.clear()
    kept.set(name, numbers)
    return (passage) => numbers.has(passage)
  }
}

function passagesWhere(prepare: (sql: string) => StatementSync, matches: (row: Readonly<Record<string, unknown>>) => boolean): ReadonlySet<number> {
  const documents = new Set<number>()
  for (const row of prepare('SELECT number, id, title, uri, metadata FROM documents').iterate()) if (matches(row)) documents.add(Number(row['number']))
  const passages = new Set<number>()
  // The index on them holds both columns, so no text is read.
  const pairs = String(prepare("SELECT group_concat(document || ' ' || number) AS list FROM passages INDEXED BY passages_by_document").get()?.['list'] ?? '')
  for (const pair of pairs === '' ? [] : pairs.split(',')) {
    const blank = pair.indexOf(' ')
    if (documents.has(Number(pair.slice(0, blank)))) passages.add(Number(pair.slice(blank + 1)))
  }
  return passages
}

function toFiltered({ id, title, uri, metadata }: Readonly<Record<string, unknown>>) {
  return {
    documentId: String(id),
    title: typeof title === 'string' ? title : undefined,
    uri: typeof uri === 'string' ? uri : undefined,
    metadata: typeof metadata === 'string' ? (JSON.parse(metadata) as Metadata) : undefined,
  }
}
