import { Readable } from 'node:stream'
import type { CsvError } from 'csv-parse'

/** A row of a table, by column. `line` is the 1-based line on which it begins. */
export type CsvRow =
  | { readonly line: number; readonly cells: ReadonlyMap<string, string> }
  | { readonly line: number; readonly problem: string }

const maxRowBytes = 16 * 1024 * 1024

/**
 * The rows of a table whose first row names the columns, read as they come: a table of any length. A quote that is never
 * closed ends it, with its problem. Memory: one row of at most 16 MiB.
 */
export async function* csvRows(blocks: AsyncIterable<Uint8Array>, delimiter: string): AsyncGenerator<CsvRow> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    delimiter, bom: true, info: true, relax_quotes: true, relax_column_count: true, skip_empty_lines: true, max_record_size: maxRowBytes,
  })
  const source = Readable.from(blocks)
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  let names: readonly string[] | undefined
  let line = 1
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const at = line
      line = info.lines + 1
      if (names === undefined) names = record.map((name) => name.trim())
      else yield { line: at, cells: new Map(names.map((name, column) => [name, record[column] ?? ''])) }
    }
  } catch (error) {
    if (!isCsvError(error)) throw error
    yield { line, problem: `the table cannot be read on: ${error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'a quote is never closed' : error.code}` }
  } finally {
    source.destroy()
  }
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
}
