import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { environment } from './environment.ts'
import { exitCodes, explain } from './exit.ts'
import { withData, withModel } from './options.ts'
import { note } from './print.ts'
import { version } from './version.ts'

// The reader of a pipe may go at any time (`riffle search … | head`): sinks notice it, nothing else may end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

const asked = hideBin(process.argv)
const program = yargs(asked)
  .scriptName('riffle')
  .usage('Streaming question answering over your own documents.\n\nUsage: $0 <command> [options]')
  .command(
    'ask <question>',
    'Stream an answer from your documents',
    (command) =>
      withModel(withData(command))
        .positional('question', { type: 'string', demandOption: true, describe: 'What you want to know; - reads it from standard input' })
        .option('out', { type: 'string', requiresArg: true, describe: 'Write the answer into a file as well' })
        .option('format', { choices: ['text', 'ndjson'] as const, default: 'text' as const, describe: 'ndjson: every chunk as a line of JSON' })
        .example('$0 ask "How do I limit mergeMap?" --data docs', 'answers from the files in docs'),
    async (options) => (await import('./commands/ask.ts')).ask(options),
  )
  .command(
    'index',
    'Build or update an index: only what changed is read',
    (command) =>
      withData(command)
        .demandOption(['data', 'index'], 'Say what to read and where to keep it: --data FOLDER --index FILE.')
        .example('$0 index --data docs --index docs.sqlite', 'makes or updates docs.sqlite'),
    async (options) => (await import('./commands/index.ts')).index(options),
  )
  .command(
    'search <query>',
    'Find passages',
    (command) =>
      withData(command)
        .positional('query', { type: 'string', demandOption: true, describe: 'Words to look for' })
        .option('top-k', { type: 'number', default: 5, requiresArg: true, describe: 'How many passages' })
        .option('format', { choices: ['text', 'ndjson'] as const, default: 'text' as const, describe: 'ndjson: a passage a line of JSON' })
        .example('$0 search "back-pressure" --index docs.sqlite', 'the five best passages'),
    async (options) => (await import('./commands/search.ts')).search(options),
  )
  .command(
    'tokens <files..>',
    'Count tokens',
    (command) =>
      command
        .positional('files', { type: 'string', array: true, demandOption: true, describe: 'Text files; - is standard input' })
        .option('encoding', { type: 'string', requiresArg: true, describe: 'o200k_base (default), cl100k_base, …' })
        .option('model', { type: 'string', requiresArg: true, describe: 'Count as this model does' })
        .option('format', { choices: ['text', 'ndjson'] as const, default: 'text' as const, describe: 'ndjson: a file a line of JSON' })
        .example('$0 tokens README.md', 'its tokens by o200k_base'),
    async (options) => (await import('./commands/tokens.ts')).tokens(options),
  )
  .demandCommand(1, 'Name a command: ask, index, search or tokens.')
  .strict()
  .help()
  .alias('help', 'h')
  .version(version)
  .alias('version', 'V')
  .detectLocale(false)
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .parserConfiguration({ 'camel-case-expansion': true, 'duplicate-arguments-array': false, 'greedy-arrays': true })
  .exitProcess(false)
  .fail((message: string | undefined, error: Error | undefined) => {
    throw error ?? new UsageError(message ?? 'Cannot be understood')
  })

class UsageError extends Error {}

try {
  await program.parseAsync()
} catch (error) {
  const { code, line } = error instanceof UsageError ? { code: exitCodes.badInput, line: usageLine(error.message) } : explain(error)
  if (environment.debug() && error instanceof Error) note(error.stack ?? error.message)
  if (line !== undefined) note(`riffle: ${line}`)
  process.exitCode = code
}
// Sockets that are kept for reuse must not keep the command.
process.exit()

function usageLine(message: string): string {
  const command = asked.find((word) => /^[a-z]+$/.test(word))
  const help = command !== undefined && ['ask', 'index', 'search', 'tokens'].includes(command) ? `riffle ${command} --help` : 'riffle --help'
  return `${message.replace(/\s+/g, ' ').trim().replace(/\.?$/, '.')} See ${help}.`
}
