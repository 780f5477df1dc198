import { SkippedError } from '../errors.ts'
import type { Document } from '../types/document.ts'
import type { Parser, ParserOptions } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'

/** A file's documents. A file that cannot be read is told to `onSkipped` and gives none, or those that came before. */
export async function* documentsOf(file: SourceFile, parser: Parser, options: ParserOptions): AsyncGenerator<Document> {
  try {
    if (file.unlisted !== undefined) throw file.unlisted
    yield* parser(file, options)
  } catch (error) {
    if (!(error instanceof SkippedError)) throw error
    options.onSkipped?.({ path: file.path, reason: error.reason, message: error.message })
  }
}
