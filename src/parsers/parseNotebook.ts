import { SkippedError } from '../errors.ts'
import { toMetadata } from '../internal/toMetadata.ts'
import { decodeText } from './decodeText.ts'
import { markdownHeadings } from './markdownHeadings.ts'
import { type ParsedText, type ParserInput } from './parsedText.ts'
import { toFencedCode } from './toFencedCode.ts'

const MAX_OUTPUT_LINES = 20
const MAX_OUTPUT_LENGTH = 2000

type Json = Readonly<Record<string, unknown>>

/** A Jupyter notebook as Markdown: its text cells, its code in fences, the first lines of what the code printed, no pictures. */
export async function parseNotebook({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const { text: source } = await decodeText(bytes, file.path)
  const notebook = toRecord(JSON.parse(source))
  const about = toRecord(notebook['metadata'])
  const language = toText(toRecord(about['language_info'])['name']) || toText(toRecord(about['kernelspec'])['language'])
  const cells = cellsOf(notebook)
  if (cells === undefined) throw new SkippedError('damaged', `${file.path} is no notebook: it has no cells`)

  const blocks: string[] = []
  for (const cell of cells) {
    blocks.push(...cellBlocks(toRecord(cell), language))
    pace.check()
  }
  const text = blocks.filter((block) => block.trim() !== '').join('\n\n')
  const headings = markdownHeadings(text)
  const title = toText(about['title']) || headings[0]?.title
  return { text, headings, ...(title !== undefined && { title }), metadata: toMetadata(language === '' ? {} : { language }) }
}

/** Since version 4 cells stand at the top; before, in work sheets. */
function cellsOf(notebook: Json): readonly unknown[] | undefined {
  const { cells, worksheets } = notebook
  if (Array.isArray(cells)) return cells
  return Array.isArray(worksheets) ? worksheets.flatMap((sheet) => toList(toRecord(sheet)['cells'])) : undefined
}

function cellBlocks(cell: Json, language: string): string[] {
  const source = toText(cell['source'] ?? cell['input'])
  if (cell['cell_type'] !== 'code')
    return [cell['cell_type'] === 'heading' ? `${'#'.repeat(headingLevel(cell['level']))} ${source}` : source.trim()]
  const code = source.trim() === '' ? '' : toFencedCode(source, language)
  return [code, ...toList(cell['outputs']).map((output) => outputBlock(toRecord(output)))]
}

function headingLevel(level: unknown): number {
  return typeof level === 'number' && level >= 1 && level <= 6 ? Math.floor(level) : 1
}

function outputBlock(output: Json): string {
  const isError = output['output_type'] === 'error' || output['output_type'] === 'pyerr'
  const text = isError
    ? `${toText(output['ename'])}: ${toText(output['evalue'])}`
    : toText(output['text'] ?? toRecord(output['data'])['text/plain'])
  const whole = withoutTerminalCodes(text.slice(0, 10 * MAX_OUTPUT_LENGTH)).trimEnd()
  const shown = whole.slice(0, MAX_OUTPUT_LENGTH).split('\n').slice(0, MAX_OUTPUT_LINES).join('\n')
  if (shown.trim() === '') return ''
  return toFencedCode(shown.length < whole.length ? `${shown}\n…` : shown)
}

function withoutTerminalCodes(text: string): string {
  return text.replace(/\x1b\[[\d;]*[A-Za-z]/g, '')
}

/** Notebooks write text as one string or as a list of lines. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.filter((line) => typeof line === 'string').join('') : ''
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function toRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
