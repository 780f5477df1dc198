import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Run, runRiffle, temporaryFolder } from './runRiffle.ts'

const root = new URL('../..', import.meta.url)
export const logLoaded = new URL('logLoaded.ts', import.meta.url).href

export interface Loaded extends Run {
  /** Node's own modules, as `node:fs`. */
  readonly builtins: readonly string[]
  /** Files loaded from installed packages. */
  readonly installed: readonly string[]
  /** Files from which the loaded chunks of the command were bundled, as `src/cli/main.ts`. */
  readonly bundled: readonly string[]
}

type Bundle = Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>>

/** Runs the command and tells which modules it loaded. */
export async function loadedBy(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Loaded> {
  const log = join(temporaryFolder(), 'loaded')
  const run = await runRiffle(args, { env: { ...env, LOADED_MODULES: log, NODE_OPTIONS: `--import ${logLoaded}` } })
  const urls = readLoaded(log)
  const bundle = JSON.parse(readFileSync(fileURLToPath(new URL('dist/cli/bundle.json', root)), 'utf8')) as Bundle
  const chunks = Object.entries(bundle).filter(([path]) => urls.includes(new URL(path, root).href))
  return {
    ...run,
    builtins: urls.filter((url) => url.startsWith('node:')),
    installed: urls.filter((url) => url.includes('/node_modules/')),
    bundled: chunks.flatMap(([, { inputs }]) => Object.keys(inputs)),
  }
}

/** The addresses in a file that `logLoaded.ts` wrote, each once. */
export function readLoaded(log: string): string[] {
  return existsSync(log) ? [...new Set(readFileSync(log, 'utf8').split('\n'))].filter((line) => line !== '').toSorted() : []
}

export function urlOf(path: string): string {
  return pathToFileURL(path).href
}
