import { SkippedError } from '../errors.ts'
import { detectCsvDialect } from './csvDialect.ts'
import { isCsvHeader } from './csvHeader.ts'
import { csvRecords } from './csvRecords.ts'
import { decodeText } from './decodeText.ts'
import { MAX_TEXT_LENGTH, type ParsedText, type ParserInput } from './parsedText.ts'

type Cells = readonly string[]

/** Records by which the header is told from the data. */
const SAMPLE_RECORDS = 20
const MAX_NAME_LENGTH = 200

/**
 * A table as text: each record by itself, a `column: value` line for each cell that is not empty, a blank line between records.
 * Without a header a record is one line, its cells parted by ` | `. A line that is no record is told to `onSkipped`.
 */
export async function parseCsv({ file, bytes, pace, onSkipped }: ParserInput): Promise<ParsedText> {
  const { text: source } = await decodeText(bytes, file.path)
  const blocks: string[] = []
  let length = 0
  let records = 0
  let sample: Cells[] | undefined = []
  let names: Cells | undefined

  const write = (cells: Cells) => {
    const block = names === undefined ? plainRecord(cells) : namedRecord(names, cells)
    if (block === '') return
    length += block.length + 2
    if (length > MAX_TEXT_LENGTH) throw new SkippedError('too-large', `${file.path} would be too long as text`)
    blocks.push(block)
    records += 1
  }
  const decide = () => {
    const [first, ...others] = sample ?? []
    sample = undefined
    if (first === undefined) return
    if (isCsvHeader(first, others)) names = first.map((name) => tidy(name).slice(0, MAX_NAME_LENGTH))
    else write(first)
    others.forEach(write)
  }

  for await (const record of csvRecords(source, detectCsvDialect(source))) {
    if ('badLine' in record) {
      const message = `${file.path}:${record.badLine}: expected a row of the table`
      onSkipped({ path: file.path, line: record.badLine, reason: 'damaged', message })
    } else if (sample === undefined) {
      write(record.cells)
    } else {
      sample.push(record.cells)
      if (sample.length > SAMPLE_RECORDS) decide()
    }
    if (records % 256 === 0) await pace.breathe()
  }
  decide()
  await pace.breathe()
  return {
    text: blocks.join(names === undefined ? '\n' : '\n\n'),
    metadata: { rows: records, ...(names !== undefined && { columns: names.slice(0, 1000) }) },
  }
}

function namedRecord(names: Cells, cells: Cells): string {
  return cells
    .map((cell, column) => [names[column] ?? '', tidy(cell)] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => (name === '' ? value : `${name}: ${value}`))
    .join('\n')
}

function plainRecord(cells: Cells): string {
  return cells
    .map(tidy)
    .filter((value) => value !== '')
    .join(' | ')
}

/** Line breaks inside a cell stay, blank lines do not: they part records. */
function tidy(cell: string): string {
  return cell.trim().replace(/\s*\n\s*/g, '\n')
}
