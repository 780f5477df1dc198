import type { CsvError, Parser } from 'csv-parse'
import type { CsvDialect } from './csvDialect.ts'

/** A record, or a line that is none. */
export type CsvRecord = { readonly cells: readonly string[] } | { readonly badLine: number }

const SLICE_BYTES = 64 * 1024
const MAX_RECORD_LENGTH = 1024 * 1024
const MAX_QUOTE_FAILURES = 20

/** Those that one slice gave. */
interface Parsed {
  readonly records: readonly (readonly string[])[]
  /** Bytes up to the end of the last of them. */
  readonly end: number
  /** Set when what follows them is no record. */
  readonly error?: CsvError
}

/**
 * The records of a table, one by one. A quote that is never closed would swallow the rest of the table: then only its line
 * comes as `badLine`, and reading goes on behind it; after twenty of those quotes count for nothing.
 */
export async function* csvRecords(text: string, dialect: CsvDialect): AsyncGenerator<CsvRecord> {
  const bytes = Buffer.from(text.slice(dialect.start))
  const hintLines = dialect.start > 0 ? 1 : 0
  for (let start = 0, failures = 0; start < bytes.length; failures += 1) {
    let badStart = bytes.length
    for await (const { records, end, error } of parseFrom(
      bytes.subarray(start),
      dialect.delimiter,
      failures < MAX_QUOTE_FAILURES,
    )) {
      for (const cells of records) yield { cells }
      if (error !== undefined) badStart = skipLineEnds(bytes, start + end)
    }
    if (badStart >= bytes.length) return
    yield { badLine: hintLines + 1 + countLineEnds(bytes, badStart) }
    const lineEnd = bytes.indexOf(10, badStart)
    start = lineEnd < 0 ? bytes.length : lineEnd + 1
  }
}

/** Slice by slice, so that records do not pile up, and those before an error are not lost with it. */
async function* parseFrom(bytes: Buffer, delimiter: string, quotes: boolean): AsyncGenerator<Parsed> {
  const { parse } = await import('csv-parse')
  let records: string[][] = []
  let end = 0
  const parser = parse({
    delimiter,
    quote: quotes ? '"' : false,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_LENGTH,
    on_record(record: string[], context) {
      records.push(record)
      end = context.bytes
      return null
    },
  })
  // Some errors come as an event only, some after the callback too: an event that nobody hears would end the process.
  parser.on('error', () => undefined)
  for (let start = 0; start <= bytes.length; start += SLICE_BYTES) {
    const error = await write(parser, bytes.subarray(start, start + SLICE_BYTES), start + SLICE_BYTES > bytes.length)
    yield { records, end, ...(error !== undefined && { error }) }
    if (error !== undefined) return
    records = []
  }
}

/** Resolves with the reader's complaint about the table; other failures are ours and reject. */
function write(parser: Parser, bytes: Buffer, isLast: boolean): Promise<CsvError | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null) => {
      parser.off('error', settle)
      if (error == null) resolve(undefined)
      else if ('code' in error && String(error.code).startsWith('CSV_')) resolve(error as CsvError)
      else reject(error)
    }
    parser.on('error', settle)
    if (isLast) parser.end(bytes, () => settle())
    else parser.write(bytes, settle)
  })
}

function skipLineEnds(bytes: Buffer, from: number): number {
  let index = from
  while (index < bytes.length && (bytes[index] === 10 || bytes[index] === 13)) index += 1
  return index
}

function countLineEnds(bytes: Buffer, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) count += 1
  return count
}
