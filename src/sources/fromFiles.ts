import { type Observable, of } from 'rxjs'
import { documentsOf } from '../internal/documentsOf.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { parseFile } from '../parsers/parseFile.ts'
import type { Document } from '../types/document.ts'
import type { Parser, ParserOptions, Skipped } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'
import { filesIn, type FilesInOptions } from './filesIn.ts'
import { pullMap } from './pullMap.ts'

export interface FromFilesOptions extends Omit<FilesInOptions, 'onSkipped'>, ParserOptions {
  /** Told of each file, and each part of one, that is passed over. */
  readonly onSkipped?: (skipped: Skipped) => void
  /** Default: every format that Riffle knows. */
  readonly parser?: Parser
}

/**
 * The documents of files and folders, listed and read as they are asked for, one file at a time.
 *
 * - Order: that of `filesIn`.
 * - Memory: one file.
 * - Drop: unsubscribing ends listing and reading; the open file is closed when the step under way is done.
 * - Errors: `InputError` when a path is missing. What cannot be read is told to `onSkipped` and passed over.
 *
 * @throws InvalidOptionError at the call.
 *
 * @example
 * fromFiles(['README.md', 'docs']).pipe(map((document) => document.title))
 */
export function fromFiles(paths: string | readonly string[], options: FromFilesOptions = {}): Observable<Document> {
  // What cannot be read is told of once, where it is parsed.
  const { onSkipped: _, ...listing } = options
  const { parser = parseFile, timeoutMs } = options
  if (timeoutMs !== undefined) requirePositiveInteger('timeoutMs', timeoutMs)
  return pullMap(documentsIn(filesIn(paths, listing), parser, options), (document) => of(document))
}

function documentsIn(files: AsyncIterable<SourceFile>, parser: Parser, options: ParserOptions): AsyncIterable<Document> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const file of files) yield* documentsOf(file, parser, options)
    },
  }
}
