import { hash } from 'node:crypto'
import { extname } from 'node:path'
import { InputError } from '../errors.ts'
import { type HashTable, createHashTable } from '../internal/hashTable.ts'
import { inputBlocks } from '../internal/inputLines.ts'
import { type Line, readLineRuns, readLines } from '../internal/readLines.ts'
import { csvRows } from '../parsers/csvRows.ts'
import type { QuestionLine } from '../types/question.ts'
import { type AskedInJson, questionIn } from './questionIn.ts'

export type QuestionFormat = 'jsonl' | 'text' | 'csv' | 'tsv'

export interface ReadQuestionsOptions {
  /** Default: by the name of the file; without a telling one, `jsonl` when its first character is `{`, else `text`. */
  readonly format?: QuestionFormat
  /** The column of a table that holds the question. Default `question`. */
  readonly column?: string
  /** The column that holds the id. Default `id`, when there is one. */
  readonly idColumn?: string
  /** The file was read before and no id is there twice: those that it gives are not remembered. Default false. */
  readonly idsAreUnique?: boolean
}

/**
 * The questions of a file, one by one, each with its line: JSONL of `{"question", "id"?}` or of OpenAI's batch files, a text
 * with a question a line, or a table. Blank lines count for nothing. A bad line comes with its problem, and the rest goes on;
 * an id that is there twice is such a problem.
 *
 * A question without an id gets one from its text, so that it keeps it when lines are added or moved; the same text again gets `-2`.
 *
 * Memory: one line, and some 20 to 40 bytes for each question. Each iteration reads the file anew.
 *
 * @throws InputError at the first item, when the file cannot be read or has no such column.
 */
export function readQuestions(path: string, options: ReadQuestionsOptions = {}): AsyncIterable<QuestionLine> {
  return {
    async *[Symbol.asyncIterator]() {
      const open = () => inputBlocks(path)
      const format = options.format ?? formatByName.get(extname(path).toLowerCase()) ?? (await formatByContent(open()))
      const name = identified(options.idsAreUnique === true ? undefined : createHashTable())
      // What one block gives at a time: of a million lines, each promise for a line costs seconds.
      for await (const run of format === 'csv' || format === 'tsv' ? rowsOf(open(), format, path, options) : linesOf(open(), format)) {
        for (const found of run) yield 'problem' in found ? found : name(found.asked, found.line)
      }
    },
  }
}

type Found = { readonly line: number } & ({ readonly asked: AskedInJson } | { readonly problem: string })

const formatByName: ReadonlyMap<string, QuestionFormat> = new Map([['.jsonl', 'jsonl'], ['.ndjson', 'jsonl'], ['.txt', 'text'], ['.md', 'text'], ['.csv', 'csv'], ['.tsv', 'tsv']])

async function formatByContent(blocks: AsyncIterable<Uint8Array>): Promise<QuestionFormat> {
  for await (const line of readLines(blocks)) {
    const text = line.text?.trim() ?? ''
    if (text !== '') return text.startsWith('{') ? 'jsonl' : 'text'
  }
  return 'text'
}

async function* linesOf(blocks: AsyncIterable<Uint8Array>, format: 'jsonl' | 'text'): AsyncGenerator<Iterable<Found>> {
  for await (const lines of readLineRuns(blocks)) yield foundIn(lines, format)
}

function* foundIn(lines: Iterable<Line>, format: 'jsonl' | 'text'): Generator<Found> {
  for (const { number: line, text, problem } of lines) {
    if (text === undefined) yield { line, problem: problem === 'too-long' ? 'the line is too long' : 'the line is not UTF-8' }
    else if (text.trim() !== '') yield format === 'text' ? { line, asked: { question: text.trim() } } : askedIn(text, line)
  }
}

function askedIn(text: string, line: number): Found {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes the line, which may be anybody's text.
    return { line, problem: 'expected one JSON object on the line' }
  }
  try {
    return { line, asked: questionIn(value) }
  } catch (error) {
    return { line, problem: error instanceof Error ? error.message : String(error) }
  }
}

async function* rowsOf(blocks: AsyncIterable<Uint8Array>, format: 'csv' | 'tsv', path: string, options: ReadQuestionsOptions): AsyncGenerator<readonly Found[]> {
  const { column = 'question', idColumn = 'id' } = options
  for await (const row of csvRows(blocks, format === 'tsv' ? '\t' : ',')) {
    if ('problem' in row) {
      yield [row]
      continue
    }
    const { line, cells } = row
    for (const [name, value] of Object.entries({ column, ...(options.idColumn !== undefined && { idColumn }) })) {
      if (!cells.has(value)) throw new InputError(`${path} has no column ${value} (${name}); it has ${[...cells.keys()].slice(0, 20).join(', ')}`)
    }
    const question = cells.get(column)?.trim() ?? ''
    const id = cells.get(idColumn)?.trim() ?? ''
    yield [question === '' ? { line, problem: `the column ${column} is empty` } : { line, asked: { question, ...(id !== '' && { id }) } }]
  }
}

/** Gives each question its id, and finds those that are there twice. */
function identified(lines: HashTable | undefined): (asked: AskedInJson, line: number) => QuestionLine {
  const copies = createHashTable()
  return (asked, line) => {
    const id = asked.id ?? idOfText(asked.question, copies)
    const earlier = lines?.add(id, line)
    if (earlier !== undefined) return { line, id, problem: `the id ${JSON.stringify(id)} is in line ${earlier} already` }
    return { question: { ...asked, id, line } }
  }
}

function idOfText(question: string, copies: HashTable): string {
  const id = `q-${hash('sha256', question).slice(0, 16)}`
  const number = (copies.get(id) ?? 0) + 1
  copies.set(id, number)
  return number === 1 ? id : `${id}-${number}`
}
