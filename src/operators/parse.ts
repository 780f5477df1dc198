import { concatMap, of, type OperatorFunction } from 'rxjs'
import { documentsOf } from '../internal/documentsOf.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { parseFile } from '../parsers/parseFile.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { Document } from '../types/document.ts'
import type { Parser, ParserOptions } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'

export interface ParseOptions extends ParserOptions {
  /** Default: every format that Riffle knows. */
  readonly parser?: Parser
}

/**
 * Reads files into documents, one file at a time. What cannot be read is told to `onSkipped` and passed over.
 *
 * - Order: kept.
 * - Memory: one file, and the list of files that the source pushes ahead of it: put it inside `pullMap`, one file an inner.
 * - Drop: unsubscribing ends the reading; the file is closed when the step under way is done.
 * - Errors: the source's, and the parser's unless it is a `SkippedError`, end the stream; so does what `onSkipped` throws.
 *
 * @throws InvalidOptionError at the call.
 *
 * @example
 * pullMap(filesIn('docs'), (file) => of(file).pipe(parse(), split(tokenizer), toStore(store)))
 */
export function parse(options: ParseOptions = {}): OperatorFunction<SourceFile, Document> {
  const { parser = parseFile, ...parserOptions } = options
  if (parserOptions.timeoutMs !== undefined) requirePositiveInteger('timeoutMs', parserOptions.timeoutMs)

  return (files) => files.pipe(concatMap((file) => pullMap(documentsOf(file, parser, parserOptions), (document) => of(document))))
}
