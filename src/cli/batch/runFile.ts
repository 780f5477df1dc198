import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InputError } from '../../errors.ts'
import { replaceFile } from '../../internal/replaceFile.ts'

/** What the answers of a file depend on beside their questions, by the names that people know it by. */
export type Configuration = Readonly<Record<string, string | number | boolean>>

/** Short, for keys. */
export function configurationHash(configuration: Configuration): string {
  return hash('sha256', JSON.stringify(Object.entries(configuration).toSorted(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 16)
}

/**
 * Notes in `FILE.run.json` what the answers in FILE are made with, or compares it with what stands there.
 *
 * @throws InputError that names what changed, unless `force` is set; then the new one is noted.
 */
export async function claimRun(path: string, configuration: Configuration, { force, hasRows }: { readonly force: boolean; readonly hasRows: boolean }): Promise<void> {
  const runPath = `${path}.run.json`
  const found = await readRun(runPath)
  if (!force && hasRows) {
    if (found === undefined) throw new InputError(`${path} has answers, but ${runPath}, which says how they were made, is not there or cannot be read. Use --force to add to them, or another --out file.`)
    const changes = changesOf(found, configuration)
    if (changes.length > 0) throw new InputError(`${path} was made with other settings: ${changes.join('; ')}. Use the same, or another --out file; --force mixes them.`)
  }
  if (found === undefined || changesOf(found, configuration).length > 0) {
    await replaceFile(runPath, (file) => file.writeFile(`${JSON.stringify({ configuration }, null, 2)}\n`))
  }
}

function changesOf(before: Configuration, after: Configuration): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => before[name] !== after[name]).map((name) => `${name} was ${shown(before[name])}, now ${shown(after[name])}`)
}

function shown(value: Configuration[string] | undefined): string {
  const text = value === undefined ? 'not set' : String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

async function readRun(path: string): Promise<Configuration | undefined> {
  try {
    const { configuration } = JSON.parse(await readFile(path, 'utf8')) as { readonly configuration?: unknown }
    return typeof configuration === 'object' && configuration !== null ? (configuration as Configuration) : undefined
  } catch {
    return undefined
  }
}
