import { createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadPlotting } from '../../benchmark/report/plotting.ts'
import { reportHtml } from '../../benchmark/report/reportHtml.ts'
import { type RunLine, runSchema } from '../../benchmark/run.ts'
import type { RunSummary } from '../../benchmark/summary.ts'
import { createRunFold, type RunFold } from '../../benchmark/summarizeRun.ts'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { inputLines } from '../../internal/inputLines.ts'

const linesName = 'requests.jsonl'

/** Takes the lines of a run as they come. */
export interface RunWriter {
  write(line: RunLine): void
  /** Resolves when all is in the file. */
  end(): Promise<void>
}

export function writeRun(folder: string): RunWriter {
  const path = join(folder, linesName)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new InputError(`Cannot write into ${folder}: ${describeFileError(error)}`, { cause: error })
  }
  const stream = createWriteStream(path)
  let failure: unknown
  stream.on('error', (error) => (failure = error))
  return {
    write: (line) => void stream.write(`${JSON.stringify(line)}\n`),
    async end() {
      if (failure === undefined) await Promise.race([once(stream.end(), 'close'), once(stream, 'error')])
      if (failure !== undefined) throw new InputError(`Cannot write ${path}: ${describeFileError(failure)}`, { cause: failure })
    },
  }
}

/** `summary.json` and `report.html`. The same summary gives the same bytes. */
export async function writeReport(folder: string, summary: RunSummary): Promise<void> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  writeFileSync(join(folder, 'report.html'), reportHtml(summary, await loadPlotting()))
}

/** The lines of a run: of its file, or of the folder that it is in. */
export async function* readRun(path: string): AsyncGenerator<RunLine> {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, linesName) : path
  if (!existsSync(file)) throw new InputError(`No run at ${file}: expected the folder, or the ${linesName}, that riffle bench --out wrote.`)
  let isFirst = true
  for await (const { number, text } of inputLines(file)) {
    const line = asLine(text)
    const isRight = isFirst ? line?.type === 'run' : line?.type === 'request' || line?.type === 'load'
    if (line === undefined || !isRight) throw new InputError(`${file}:${number}: expected a line of riffle bench.`)
    const schema: string = line.type === 'run' ? line.schema : runSchema
    if (schema !== runSchema) throw new InputError(`${file}: made by another version of riffle; this one reads ${runSchema}.`)
    isFirst = false
    yield line
  }
  if (isFirst) throw new InputError(`${file} is empty.`)
}

function asLine(text: string | undefined): RunLine | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null ? (value as RunLine) : undefined
  } catch {
    return undefined
  }
}

/** The summary of a run that was written before. `look` sees every line. */
export async function readSummary(path: string, look: (line: RunLine) => void = () => undefined): Promise<RunSummary> {
  let fold: RunFold | undefined
  for await (const line of readRun(path)) {
    if (line.type === 'run') fold = createRunFold(line)
    else fold?.take(line)
    look(line)
  }
  if (fold === undefined) throw new InputError(`${path} has no run.`)
  return fold.summary()
}
