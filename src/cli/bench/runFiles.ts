import { createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadPlotting } from '../../benchmark/report/plotting.ts'
import { reportHtml } from '../../benchmark/report/reportHtml.ts'
import { type RunInfo, type RunLine, runSchema } from '../../benchmark/run.ts'
import type { RunSummary } from '../../benchmark/summary.ts'
import { createRunFold, type RunFold } from '../../benchmark/createRunFold.ts'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { inputLines } from '../../internal/inputLines.ts'
import { note } from '../print.ts'
import { runLineOf } from './runLine.ts'

const linesName = 'requests.jsonl'

/** A run is hours of work: nothing is put in its place unless that is asked for. */
export function refuseOldRun(folder: string): void {
  if (existsSync(join(folder, linesName))) throw new InputError(`${folder} has a run already: give another --out, or --force to replace it.`)
}

/** Takes the lines of a run as they come. */
export interface RunWriter {
  /** @throws InputError once a line before could not be written. */
  write(line: RunLine): void
  /** Resolves when all is in the file. */
  end(): Promise<void>
}

export function writeRun(folder: string): RunWriter {
  const path = join(folder, linesName)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw cannotWrite(folder, error)
  }
  const stream = createWriteStream(path)
  let failure: unknown
  stream.on('error', (error) => (failure = error))
  const check = () => {
    if (failure !== undefined) throw cannotWrite(path, failure)
  }
  return {
    write(line) {
      check()
      stream.write(`${JSON.stringify(line)}\n`)
    },
    async end() {
      check()
      await Promise.race([once(stream.end(), 'close'), once(stream, 'error')])
      check()
    },
  }
}

/** `summary.json` and `report.html`. The same summary gives the same bytes. */
export async function writeReport(folder: string, summary: RunSummary): Promise<void> {
  const page = reportHtml(summary, await loadPlotting())
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
    writeFileSync(join(folder, 'report.html'), page)
  } catch (error) {
    throw cannotWrite(folder, error)
  }
}

function cannotWrite(path: string, cause: unknown): InputError {
  return new InputError(`Cannot write ${path}: ${describeFileError(cause)}`, { cause })
}

/** The lines of a run: of its file, or of the folder that it is in. */
async function* readRun(path: string): AsyncGenerator<RunLine> {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, linesName) : path
  if (!existsSync(file)) throw new InputError(`No run at ${file}: expected the folder, or the ${linesName}, that riffle bench --out wrote.`)
  let info: RunInfo | undefined
  let torn: InputError | undefined
  for await (const { number, text } of inputLines(file)) {
    // Only the last line may be one that a kill cut off.
    if (torn !== undefined) throw torn
    const line = runLineOf(text, info)
    if (line === undefined) {
      torn = new InputError(`${file}:${number}: expected a line of riffle bench.`)
      continue
    }
    const schema: string = line.type === 'run' ? line.schema : runSchema
    if (schema !== runSchema) throw new InputError(`${file}: made by another version of riffle; this one reads ${runSchema}.`)
    if (line.type === 'run') info = line
    yield line
  }
  if (info === undefined) throw torn ?? new InputError(`${file} is empty.`)
  if (torn !== undefined) note(`${file}: its last line is not whole and was passed over.`)
}

/** A run that was written before. */
export async function readFold(path: string): Promise<RunFold> {
  let fold: RunFold | undefined
  for await (const line of readRun(path)) {
    if (line.type === 'run') fold = createRunFold(line)
    else fold?.take(line)
  }
  if (fold === undefined) throw new InputError(`${path} has no run.`)
  return fold
}

export async function readSummary(path: string): Promise<RunSummary> {
  const summary = (await readFold(path)).summary()
  if (summary.results.length === 0) throw new InputError(`${path} has no requests.`)
  return summary
}
