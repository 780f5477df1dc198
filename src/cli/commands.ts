import type { Argv } from 'yargs'
import { withBatch } from './batch/options.ts'
import { withBench } from './bench/options.ts'
import { withMode } from './modeOptions.ts'
import { withData, withModel } from './options.ts'
import { withRanking, withRerank } from './rankOptions.ts'
import { withServe } from './serve/options.ts'
import { withScript } from './simulate/options.ts'

/** One command: how it is called, what it takes, and what it does, loaded when it is asked for. */
export interface Command {
  readonly name: string
  /** Positional arguments, as yargs writes them. */
  readonly positionals: string
  readonly describe: string
  readonly example: readonly [line: string, does: string]
  /** Options that may be given several times, beside those of documents. */
  readonly lists?: readonly string[]
  readonly build: (yargs: Argv) => Argv
  readonly run: (options: never) => Promise<void>
}

const textOrNdjson = ['text', 'ndjson'] as const

export const commands: readonly Command[] = [
  {
    name: 'ask',
    positionals: '<question>',
    describe: 'Stream an answer from your documents',
    example: ['riffle ask "How do I limit mergeMap?" --data docs', 'answers from the files in docs'],
    build: (yargs) =>
      withRanking(withMode(withModel(withData(yargs))), ['offline', 'llm'])
        .positional('question', { type: 'string', describe: 'What you want to know; - reads it from standard input' })
        .option('out', { type: 'string', requiresArg: true, describe: 'Write the answer into a file as well' })
        .option('verbose', { type: 'boolean', default: false, describe: 'Also what was sent to the model, times, and every file that was passed over' })
        .option('format', { choices: textOrNdjson, default: 'text', describe: 'ndjson: every chunk as a line of JSON' }),
    run: async (options) => (await import('./commands/ask.ts')).ask(options),
  },
  {
    name: 'chat',
    positionals: '',
    describe: 'A conversation over your documents',
    example: ['riffle chat --data docs --session talk.json', 'goes on where it ended when it is started again'],
    build: (yargs) =>
      withRanking(withMode(withModel(withData(yargs))), ['offline', 'llm'])
        .option('session', { type: 'string', requiresArg: true, describe: 'A file that keeps the conversation' })
        .option('history-tokens', { type: 'number', default: 2000, requiresArg: true, describe: 'Of the conversation in each prompt; what is older is summarized' }),
    run: async (options) => (await import('./commands/chat.ts')).chat(options),
  },
  {
    name: 'batch',
    positionals: '<questions>',
    describe: 'Answer a file of questions into a file; run it again and it goes on',
    example: ['riffle batch questions.jsonl --data docs --out answers.jsonl', 'a row of JSON for each question'],
    lists: ['fallback-model', 'price'],
    build: withBatch,
    run: async (options) => (await import('./commands/batch.ts')).batch(options),
  },
  {
    name: 'bench',
    positionals: '[words..]',
    describe: 'Measure time to first token and the rest, of a server or a whole pipeline',
    example: ['riffle bench --base-url http://localhost:11434/v1 --model qwen3 --out report', 'a hundred requests, eight at once; then report/report.html'],
    lists: ['words', 'model', 'base-url', 'fail-on'],
    build: withBench,
    run: async (options) => (await import('./commands/bench.ts')).bench(options),
  },
  {
    name: 'index',
    positionals: '',
    describe: 'Build or update an index: only what changed is read',
    example: ['riffle index --data docs --index docs.sqlite', 'makes or updates docs.sqlite'],
    build: (yargs) =>
      withData(yargs)
        .option('watch', { type: 'boolean', default: false, describe: 'Then take in every change of the files until Ctrl-C' })
        .option('check', { type: 'boolean', default: false, describe: 'Only look whether --index is whole: exit code 1 when it is not' }),
    run: async (options) => (await import('./commands/index.ts')).index(options),
  },
  {
    name: 'search',
    positionals: '[query]',
    describe: 'Find passages; or, for a file of queries, a TREC run',
    example: ['riffle search "back-pressure" --index docs.sqlite', 'the five best passages'],
    build: (yargs) =>
      withRanking(withData(yargs), ['offline'])
        .positional('query', { type: 'string', describe: 'Words to look for' })
        .option('top-k', { type: 'number', requiresArg: true, describe: 'How many passages (default 5); of --queries, documents (default 1000)' })
        .option('queries', { type: 'string', requiresArg: true, describe: 'A file of queries: JSONL of {"id", "text"}, a text, a table' })
        .option('run', { type: 'string', requiresArg: true, describe: 'Of --queries: the file for the run (default: standard output)' })
        .option('format', { choices: textOrNdjson, default: 'text', describe: 'ndjson: a passage a line of JSON' }),
    run: async (options) => (await import('./commands/search.ts')).search(options),
  },
  {
    name: 'eval',
    positionals: '',
    describe: 'Judge a ranking: nDCG@10, Recall@100, MRR@10, MAP; of two, whether they differ',
    example: ['riffle eval --qrels qrels.tsv --run a.run --run b.run', 'both, and a paired randomisation test'],
    lists: ['run'],
    build: (yargs) =>
      withRerank(withData(yargs), ['offline'])
        .option('qrels', { type: 'string', requiresArg: true, demandOption: 'Name the judgements: --qrels FILE.', describe: 'Judgements: query, document, grade (TREC or three columns)' })
        .option('queries', { type: 'string', requiresArg: true, describe: 'Searched for in --data or --index' })
        .option('run', { type: 'string', array: true, requiresArg: true, describe: 'A TREC run instead, or two to compare' })
        .option('per-query', { type: 'string', requiresArg: true, describe: 'A file for the measures of each query, a line of JSON each' })
        .option('format', { choices: ['text', 'json'] as const, default: 'text', describe: 'json: the means and the test' }),
    run: async (options) => (await import('./commands/evaluate.ts')).evaluate(options),
  },
  {
    name: 'tokens',
    positionals: '<files..>',
    describe: 'Count tokens',
    example: ['riffle tokens README.md', 'its tokens by o200k_base'],
    build: (yargs) =>
      yargs
        .positional('files', { type: 'string', array: true, describe: 'Text files; - is standard input' })
        .option('encoding', { type: 'string', requiresArg: true, describe: 'o200k_base (default), cl100k_base, …' })
        .option('model', { type: 'string', requiresArg: true, describe: 'Count as this model does' })
        .option('format', { choices: textOrNdjson, default: 'text', describe: 'ndjson: a file a line of JSON' }),
    run: async (options) => (await import('./commands/tokens.ts')).tokens(options),
  },
  {
    name: 'serve',
    positionals: '',
    describe: 'Answer over HTTP: a page, plain text, server-sent events, lines of JSON',
    example: ['riffle serve --data docs', 'then: curl -N "http://127.0.0.1:8080/stream-question?query_text=…"'],
    lists: ['host-name', 'origin', 'price'],
    build: withServe,
    run: async (options) => (await import('./commands/serve.ts')).serve(options),
  },
  {
    name: 'simulate',
    positionals: '',
    describe: 'A scripted model server, to try things against',
    example: ['riffle simulate --delay lognormal:50,0.4 --fault close:5 --fault-rate 0.1', 'one in ten answers breaks off'],
    lists: ['fault', 'model'],
    build: withScript,
    run: async (options) => (await import('./commands/simulate.ts')).simulate(options),
  },
  {
    name: 'demo',
    positionals: '',
    describe: 'Twenty seconds, offline: a broken answer heals on screen',
    example: ['riffle demo', 'search, streaming and repair, on the documents of Riffle itself'],
    build: (yargs) => yargs.option('fast', { type: 'boolean', default: false, describe: 'A fifth of the delays' }),
    run: async (options) => (await import('./commands/demo.ts')).demo(options),
  },
]
