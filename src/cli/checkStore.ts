import { InputError } from '../errors.ts'
import type { IndexCheck } from '../stores/indexCheck.ts'
import { parseAddress } from '../stores/postgres/parseAddress.ts'
import { checkIndex } from '../stores/sqlite/checkIndex.ts'
import { Exit, exitCodes } from './exit.ts'
import { indexName, isAddress } from './openIndex.ts'
import type { DataOptions } from './options.ts'
import { safe } from './print.ts'
import { count } from './progress.ts'

/** Folders that the command for building it again names. */
const maxNamed = 5

/** Says on standard output whether the index is whole, and what to do when it is not. */
export async function checkStore({ index, data }: DataOptions): Promise<void> {
  if (index === undefined || data !== undefined) throw new InputError('Name the index alone: --check --index FILE.')
  const name = indexName(index)
  const { problems, files, documents, passages, embeddings, roots } = await checked(index)
  const has = [count(files, 'file'), count(documents, 'document'), count(passages, 'passage'), count(embeddings, 'embedding')].join(', ')
  if (problems.length === 0) return print(`${name}: whole (${has})`)
  for (const problem of problems) print(`${name}: ${safe(problem)}`)
  const named = roots.length === 0 || roots.length > maxNamed ? 'FOLDER' : roots.map(shellWord).join(' ')
  const remove = isAddress(index) ? `psql ${shellWord(name.replace(/\?.*/, ''))} -c 'DROP SCHEMA ${parseAddress(index).schema} CASCADE'` : `rm ${shellWord(index)}`
  print(`Build it again, with the options it was made with: ${remove} && riffle index --data ${named} --index ${shellWord(name)}`)
  throw new Exit(exitCodes.failed)
}

async function checked(index: string): Promise<IndexCheck> {
  return isAddress(index) ? (await import('../stores/postgres/checkPostgresIndex.ts')).checkPostgresIndex(index) : checkIndex(index)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
