import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InputError } from '../../errors.ts'
import { replaceFile } from '../../internal/replaceFile.ts'
import { count } from '../progress.ts'

/** What the answers of a file depend on beside their questions, by the names that people know it by. */
export type Configuration = Readonly<Record<string, string | number | boolean>>

/** Short, for keys: the second half of each row's. */
export function configurationHash(configuration: Configuration): string {
  return hash('sha256', JSON.stringify(Object.entries(configuration).toSorted(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 16)
}

export interface ClaimOptions {
  readonly force: boolean
  /** Rows that the file has. */
  readonly rows: number
  /** How many of them have each hash of a configuration in their key. */
  readonly made: ReadonlyMap<string, number>
}

/**
 * Looks whether all rows of FILE were made with these settings, and notes them in `FILE.run.json` beside those of the rows that
 * are there: each by the hash that its rows have in their keys.
 *
 * @throws InputError that names what changed, for rows made with other settings, unless `force` is set.
 */
export async function claimRun(path: string, configuration: Configuration, { force, rows, made }: ClaimOptions): Promise<void> {
  const runPath = `${path}.run.json`
  const own = configurationHash(configuration)
  const noted = await readRun(runPath)
  const known = [...made].flatMap(([key, times]) => {
    const found = noted.get(key)
    return found === undefined ? [] : [{ key, times, configuration: found }]
  })
  if (!force) {
    const unknown = rows - known.reduce((sum, { times }) => sum + times, 0)
    if (unknown > 0) throw new InputError(`${path} has ${count(unknown, 'answer')} of which ${runPath} does not tell how they were made. Use --force to add to them, or another --out file.`)
    const others = known.filter(({ key }) => key !== own)
    if (others.length > 0) throw new InputError(`${described(path, rows, others, configuration)}. Use the same, or another --out file; --force mixes them.`)
  }
  const configurations = Object.fromEntries([...known.map((each) => [each.key, each.configuration] as const), [own, configuration] as const])
  const isNoted = noted.size === Object.keys(configurations).length && noted.has(own)
  if (!isNoted) await replaceFile(runPath, (file) => file.writeFile(`${JSON.stringify({ configurations }, null, 2)}\n`))
}

function described(path: string, rows: number, others: readonly { readonly times: number; readonly configuration: Configuration }[], now: Configuration): string {
  const changed = others.map(({ times, configuration }) => ({ times, changes: changesOf(configuration, now).join('; ') }))
  if (changed[0]?.times === rows) return `${path} was made with other settings: ${changed[0].changes}`
  return changed.map(({ times, changes }) => `${count(times)} of the ${count(rows, 'row')} of ${path} were made with other settings: ${changes}`).join('; ')
}

function changesOf(before: Configuration, after: Configuration): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => before[name] !== after[name]).map((name) => {
    const [was, is] = [before[name], after[name]]
    return was !== undefined && is !== undefined && name.startsWith('the ') ? changeInWords(name, String(was), String(is)) : `${name} was ${shown(was)}, now ${shown(is)}`
  })
}

/** Of what has no value that says something, only its hash, with an amount before it where there is one: `12 documents, 1f2e3d`. */
function changeInWords(name: string, was: string, is: string): string {
  const [before, after] = [was, is].map((value) => /^(.*), \w+$/.exec(value)?.[1])
  const amounts = before === undefined || after === undefined || before === after ? '' : ` (${before} then, ${after} now)`
  return `${name} changed since${amounts}`
}

function shown(value: Configuration[string] | undefined): string {
  const text = value === undefined ? 'not set' : String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

async function readRun(path: string): Promise<Map<string, Configuration>> {
  try {
    const { configurations } = JSON.parse(await readFile(path, 'utf8')) as { readonly configurations?: unknown }
    if (typeof configurations !== 'object' || configurations === null) return new Map()
    return new Map(Object.entries(configurations).filter((entry): entry is [string, Configuration] => typeof entry[1] === 'object' && entry[1] !== null))
  } catch {
    return new Map()
  }
}
