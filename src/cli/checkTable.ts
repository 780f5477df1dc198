import { extname } from 'node:path'
import { InputError } from '../errors.ts'

/** Refuses the name of a column for questions that are no table. */
export function checkTable(option: string, questions: string, inputFormat: string | undefined): void {
  const ending = extname(questions).toLowerCase().slice(1)
  if (['csv', 'tsv'].includes(inputFormat ?? ending)) return
  const name = questions === '-' ? 'standard input' : questions
  throw new InputError(`${option} is for tables, and ${name} is read as ${inputFormat === undefined ? 'something else' : inputFormat}. If it is a table, say so: --input-format csv.`)
}
