import { type Observable, of } from 'rxjs'
import { pullMap } from './pullMap.ts'
import { readNdjson, type ReadNdjsonOptions } from './readNdjson.ts'

/**
 * The values of a file with one JSON value a line.
 *
 * - Order: kept.
 * - Memory: one line. A slow consumer does not hold it up: for work on each value use `pullMap(readNdjson(path), …)`.
 * - Drop: unsubscribing closes the file.
 * - Errors: `InputError` that names file and line, for the first line that cannot be used.
 *
 * @throws InvalidOptionError at the call.
 *
 * @example
 * fromNdjson<{ question: string }>('questions.jsonl').pipe(map((row) => row.question))
 */
export function fromNdjson<T = unknown>(
  source: string | AsyncIterable<Uint8Array>,
  options: ReadNdjsonOptions<T> = {},
): Observable<T> {
  return pullMap(readNdjson(source, options), (value) => of(value))
}
