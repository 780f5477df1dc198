import type { DatabaseSync } from 'node:sqlite'
import { type FoundConfiguration, type IndexConfiguration, isUnclaimed, parseConfiguration, requireDimensions, requireFit, textValues } from '../indexConfiguration.ts'
import { inTransaction } from './transaction.ts'

/** What the file says of itself; empty for a new file. */
export function readConfiguration(database: DatabaseSync): FoundConfiguration {
  const rows = database.prepare('SELECT name, value FROM configuration').all()
  return parseConfiguration(rows.map((row) => [String(row['name']), String(row['value'])] as const))
}

/** Notes what makes the index, or fails when something else made it. */
export function claimConfiguration(database: DatabaseSync, path: string, wanted: IndexConfiguration): void {
  if (isNew(database)) {
    inTransaction(database, path, () => {
      if (isNew(database)) writeConfiguration(database, textValues(wanted))
    })
  }
  requireFit(path, readConfiguration(database), wanted)
}

/** Nothing is noted, and nothing was written by whoever noted nothing. */
function isNew(database: DatabaseSync): boolean {
  return isUnclaimed(readConfiguration(database)) && database.prepare('SELECT 1 FROM documents LIMIT 1').get() === undefined
}

/** Notes the length of the first embeddings, or fails when they have another. */
export function claimDimensions(database: DatabaseSync, path: string, dimensions: number): void {
  const found = readConfiguration(database).dimensions
  if (found === undefined) writeConfiguration(database, { dimensions: String(dimensions) })
  else requireDimensions(path, found, dimensions)
}

function writeConfiguration(database: DatabaseSync, values: Readonly<Record<string, string>>): void {
  const insert = database.prepare('INSERT OR REPLACE INTO configuration (name, value) VALUES (?, ?)')
  for (const [name, value] of Object.entries(values)) insert.run(name, value)
}
