import yargs, { type Argv } from 'yargs'
import { hideBin } from 'yargs/helpers'
import { flushed } from '../internal/writeTo.ts'
import { asTyped } from './asTyped.ts'
import { type Command, commands } from './commands.ts'
import { environment } from './environment.ts'
import { exitCodes, explain } from './exit.ts'
import { note } from './print.ts'
import { refuseEmptyNumbers } from './refuseEmptyNumbers.ts'
import { version } from './version.ts'

// The reader of a pipe may go at any time (`riffle search … | head`): sinks notice it, nothing else may end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

class UsageError extends Error {}

/** Before a word that yargs would take for an option or drop: `-`, and all after `--`. */
const guard = '\0'
const asked = hideBin(process.argv)
const command = commands.find(({ name }) => name === asked[0])
/** What may be given several times. Of everything else the last one counts. */
const lists = new Set(['_', 'data', 'include', 'exclude', 'filter', 'files', ...(command?.lists ?? [])])
try {
  await (command === undefined ? overview() : parserOf(command)).parseAsync()
  await flushed(process.stdout)
} catch (error) {
  const { code, line } = error instanceof UsageError ? { code: exitCodes.badInput, line: error.message } : explain(error)
  if (environment.debug() && error instanceof Error) note(error.stack ?? error.message)
  if (line !== undefined) note(`riffle: ${line}`)
  process.exitCode = code
}
// Sockets that are kept for reuse must not keep the command.
process.exit()

/** Parses one command's arguments. As the default command of its own parser it is run before yargs lays out its help. */
function parserOf({ name, positionals, describe, example, build, run }: Command): Argv {
  return strict(yargs(guarded(asked.slice(1))), `riffle ${name}`, positionals)
    .usage(`${`$0 ${positionals}`.trim()} [options]\n\n${describe}`)
    .command(`$0 ${positionals}`.trim(), false, (parser) => withFullNumbers(build(parser)), async (options) => run(restored(options) as never))
    .example(...example)
}

function withFullNumbers(parser: Argv): Argv {
  // Not among the types of yargs.
  const { number } = (parser as Argv & { getOptions(): { readonly number: readonly string[] } }).getOptions()
  refuseEmptyNumbers(asked, number)
  return parser
}

/** What stands behind `--` comes first, where no list can take it. */
function guarded(words: readonly string[]): string[] {
  const end = words.indexOf('--')
  const options = end < 0 ? words : words.slice(0, end)
  const plain = end < 0 ? [] : words.slice(end + 1)
  return [...plain.map((word) => guard + word), ...options.map((word) => (word === '-' ? guard + word : word))]
}

function restored(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const restore = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(restore)
    return typeof value === 'string' && value.startsWith(guard) ? value.slice(guard.length) : value
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, restore(value)]))
}

/** No command, or none that there is: help, version, or what is wrong. */
function overview(): Argv {
  const parser = strict(yargs(asked), 'riffle')
    .usage('Streaming question answering over your own documents.\n\nUsage: $0 <command> [options]')
    .demandCommand(1, `Name a command: ${commands.map(({ name }) => name).join(', ')}.`)
  return commands.reduce((all, { name, positionals, describe }) => all.command(`${name} ${positionals}`.trim(), describe), parser)
}

function strict(parser: Argv, scriptName: string, positionals = ''): Argv {
  return parser
    .scriptName(scriptName)
    .strict()
    .help()
    .alias('help', 'h')
    .version(version)
    .alias('version', 'V')
    .detectLocale(false)
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .middleware(lastCounts, true)
    .exitProcess(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      // What yargs itself finds wrong is no failure of a command.
      if (error !== undefined && error.name !== 'YError') throw error
      const what = (message ?? error?.message ?? 'Cannot be understood').replace(/^Not enough non-option arguments.*/, missing(positionals))
      throw new UsageError(`${what.replace(/\s+/g, ' ').trim().replace(/\.?$/, '.')} See ${scriptName} --help.`)
    })
}

/** A list takes every word after it, the question too. */
function missing(positionals: string): string {
  const list = asked.find((word) => word.startsWith('--') && lists.has(word.slice(2)))
  return `Expected ${positionals}${list === undefined ? '' : ` before ${list}, which takes every word after it`}`
}

function lastCounts(given: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(given)) {
    if (Array.isArray(value) && !lists.has(asTyped(name))) given[name] = value.at(-1)
  }
}
