import { RagError, SkippedError } from '../errors.ts'
import { createPace } from '../internal/createPace.ts'
import { readBytes } from '../internal/readBytes.ts'
import type { Document } from '../types/document.ts'
import type { Parser, ParserOptions } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'
import { detectFormat, type Format, formatByName } from './detectFormat.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'

type Read = (input: ParserInput) => Promise<ParsedText>

/** Each format's reader is loaded when the first file of its kind comes. */
const READERS: Readonly<Record<Exclude<Format, 'jsonl'>, () => Promise<Read>>> = {
  text: async () => (await import('./parseText.ts')).parseText,
  code: async () => (await import('./parseText.ts')).parseText,
  markdown: async () => (await import('./parseMarkdown.ts')).parseMarkdown,
  html: async () => (await import('./parseHtml.ts')).parseHtml,
  csv: async () => (await import('./parseCsv.ts')).parseCsv,
  json: async () => (await import('./parseJson.ts')).parseJson,
  notebook: async () => (await import('./parseNotebook.ts')).parseNotebook,
  pdf: async () => (await import('./parsePdf.ts')).parsePdf,
  docx: async () => (await import('./parseDocx.ts')).parseDocx,
  epub: async () => (await import('./parseEpub.ts')).parseEpub,
}

/**
 * Reads one file of any known format: what its name says, unless its content says otherwise.
 *
 * A `.jsonl` gives a document a line, everything else one document with the file's id. Memory: the whole file and its text,
 * for `.jsonl` one line. What takes longer than `timeoutMs` is `too-slow`, looked at between the steps of the work.
 *
 * @throws SkippedError with its reason, whatever goes wrong inside a format's reader.
 */
export const parseFile: Parser = async function* parseFile(
  file: SourceFile,
  options: ParserOptions = {},
): AsyncGenerator<Document> {
  if (formatByName(file.path) === 'jsonl') {
    const { parseJsonl } = await import('./parseJsonl.ts')
    yield* parseJsonl(file, options)
    return
  }
  yield await parseWhole(file, options)
}

async function parseWhole(file: SourceFile, options: ParserOptions): Promise<Document> {
  const { timeoutMs = 30_000, onSkipped = () => undefined } = options
  const bytes = await readBytes(file)
  const format = detectFormat(file.path, bytes)
  if (format === 'jsonl') throw new SkippedError('unsupported', `${file.path} is JSONL only by its content`)
  const read = await READERS[format]()
  try {
    const parsed = await read({ file, bytes, pace: createPace(timeoutMs, file.path), onSkipped })
    return { id: file.id, uri: file.uri, ...parsed, metadata: { format, ...parsed.metadata } }
  } catch (error) {
    if (error instanceof RagError) throw error
    throw new SkippedError('damaged', `Cannot read ${file.path} as ${format}: ${firstLine(error)}`, { cause: error })
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0]!.slice(0, 200)
}
