import type { Pace } from '../internal/createPace.ts'
import type { Document } from '../types/document.ts'
import type { Skipped } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'

/** What a format's reader is given: one whole file. */
export interface ParserInput {
  readonly file: SourceFile
  readonly bytes: Uint8Array
  readonly pace: Pace
  readonly onSkipped: (skipped: Skipped) => void
}

/** What a format's reader makes of a file; `parseFile` puts the file's id and address on it. */
export type ParsedText = Omit<Document, 'id' | 'uri'>

/** UTF-16 units that one file may become: a bomb is stopped here. */
export const MAX_TEXT_LENGTH = 128 * 1024 * 1024
