import { type AppendLog, type AppendLogOptions, openAppendLog } from '../internal/appendLog/appendLog.ts'
import { createHashTable } from '../internal/hashTable.ts'

/** What a row of such a file has to have. A row with `error` is a failure. */
export interface JsonlRow {
  readonly id: string
  readonly error?: unknown
}

export interface OpenJsonlOptions extends AppendLogOptions {
  /** The id of a row as it stands in the file. Default: its `id`. */
  readonly idOf?: (row: Readonly<Record<string, unknown>>) => unknown
  /** Looks at each row that is there; what it throws ends the opening, with file and line. */
  readonly check?: (row: Readonly<Record<string, unknown>>, id: string) => void
}

/** A file of rows, one JSON object a line, each with an id of its own: what was done, so that it is done once. */
export interface JsonlLog {
  readonly path: string
  /** Rows that are on disk for certain. */
  readonly rows: number
  /** What was done, at the opening, about a line that a crash had left unfinished. */
  readonly repaired?: 'removed' | 'completed'
  /** True when the row is in the file, or on its way there. */
  has(id: string): boolean
  /** The same, and counts those that are: what `skipDone` asks. */
  skip(id: string): boolean
  /** How often `skip` said yes. */
  readonly skipped: number
  /** Resolves when the row is on disk. */
  append(row: object & { readonly id: string }): Promise<void>
  /** Resolves when so little waits for the disk that more may come. */
  hasRoom(): Promise<void>
  /** Syncs what waits and frees the file for others. */
  close(): Promise<void>
}

/**
 * Opens a file of rows for appending, or makes it. What a crash left of a line is repaired; ids are kept as hashes, 20 to 40 bytes
 * each. One process at a time.
 *
 * Rows are on disk (`fdatasync`) before `append` resolves: in groups of 64, or after 200 ms.
 *
 * @throws InputError when the file cannot be opened, another process has it, or a line in it is no row: it is named, and nothing is changed.
 *
 * @example
 * const log = await openJsonl('answers.jsonl')
 */
export async function openJsonl(path: string, options: OpenJsonlOptions = {}): Promise<JsonlLog> {
  const { idOf = (row) => row['id'], check, ...settings } = options
  const lines = createHashTable()
  let rows = 0
  let skipped = 0
  const has = (id: string) => lines.get(id) !== undefined
  const log: AppendLog = await openAppendLog(
    path,
    (text, { number }) => {
      const row = JSON.parse(text) as Readonly<Record<string, unknown>>
      const id = idOf(row)
      if (typeof id !== 'string' || id === '') throw new Error('expected a row with an id')
      const earlier = lines.get(id)
      if (earlier !== undefined) throw new Error(`the id ${JSON.stringify(id)} is in line ${earlier} already`)
      check?.(row, id)
      lines.set(id, number)
      rows++
    },
    settings,
  )

  return {
    path,
    get rows() {
      return rows
    },
    ...(log.repaired !== undefined && { repaired: log.repaired }),
    has,
    skip(id) {
      if (!has(id)) return false
      skipped++
      return true
    },
    get skipped() {
      return skipped
    },
    async append(row) {
      lines.set(row.id, lines.size + 1)
      await log.append(JSON.stringify(row))
      rows++
    },
    hasRoom: () => log.hasRoom(),
    close: () => log.close(),
  }
}
