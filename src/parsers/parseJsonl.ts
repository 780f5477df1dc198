import { SkippedError } from '../errors.ts'
import { type Line, MAX_LINE_BYTES, readLines } from '../internal/readLines.ts'
import { toMetadata } from '../internal/toMetadata.ts'
import type { Document } from '../types/document.ts'
import type { ParserOptions } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'
import { jsonToText, parseJsonText } from './jsonToText.ts'

/**
 * A document a line: `{"text", "id"?, "title"?, …metadata}`; a line without `text` becomes readable text.
 * Memory: one line. A bad line is told to `onSkipped` with its number, and the rest goes on.
 */
export async function* parseJsonl(file: SourceFile, options: ParserOptions = {}): AsyncGenerator<Document> {
  for await (const line of readLines(file.read())) {
    const document = toDocument(file, line, options)
    if (document !== undefined) yield document
  }
}

function toDocument(file: SourceFile, line: Line, { onSkipped }: ParserOptions): Document | undefined {
  if (line.text?.trim() === '') return undefined
  const skip = (reason: string, why: string): undefined => {
    onSkipped?.({ path: file.path, line: line.number, reason, message: `${file.path}:${line.number}: ${why}` })
  }
  if (line.problem === 'too-long') return skip('too-large', `the line is longer than ${MAX_LINE_BYTES} bytes`)
  if (line.text === undefined) return skip('damaged', 'the line is not UTF-8')
  try {
    return fromValue(file, line.number, parseJsonText(line.text))
  } catch (error) {
    if (error instanceof SkippedError) return skip(error.reason, error.message)
    return skip('damaged', 'expected one JSON value on the line')
  }
}

function fromValue(file: SourceFile, lineNumber: number, value: unknown): Document {
  const record =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : { text: value }
  const { text, id, _id, title, ...rest } = record
  const key = asText(id) ?? asText(_id) ?? String(lineNumber)
  const heading = asText(title)
  const hasText = typeof text === 'string'
  return {
    id: `${file.id}#${key}`,
    uri: file.uri,
    text: hasText ? text : jsonToText(value, `line ${lineNumber}`),
    ...(heading !== undefined && { title: heading }),
    metadata: { format: 'jsonl', line: lineNumber, ...(hasText ? toMetadata(rest) : {}) },
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : typeof value === 'number' ? String(value) : undefined
}
