import { existsSync } from 'node:fs'
import { InputError } from '../errors.ts'
import { checkIndex } from '../stores/sqlite/checkIndex.ts'
import { Exit, exitCodes } from './exit.ts'
import type { DataOptions } from './options.ts'
import { safe } from './print.ts'
import { count } from './progress.ts'

/** Folders that the command for building it again names. */
const maxNamed = 5

/** Says on standard output whether the index is whole, and what to do when it is not. */
export function checkStore({ index, data }: DataOptions): void {
  if (index === undefined || data !== undefined) throw new InputError('Name the index alone: --check --index FILE.')
  if (!existsSync(index)) throw new InputError(`No index at ${index}. Make it: riffle index --data FOLDER --index ${index}`)
  const { problems, files, documents, passages, embeddings, roots } = checkIndex(index)
  const has = [count(files, 'file'), count(documents, 'document'), count(passages, 'passage'), count(embeddings, 'embedding')].join(', ')
  if (problems.length === 0) return print(`${index}: whole (${has})`)
  for (const problem of problems) print(`${index}: ${safe(problem)}`)
  const named = roots.length === 0 || roots.length > maxNamed ? 'FOLDER' : roots.map(shellWord).join(' ')
  print(`Build it again, with the options it was made with: rm ${shellWord(index)} && riffle index --data ${named} --index ${shellWord(index)}`)
  throw new Exit(exitCodes.failed)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
