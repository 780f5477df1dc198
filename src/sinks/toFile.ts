import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import type { OperatorFunction } from 'rxjs'
import { InputError, SinkError, toErrorInfo } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import { describeFileError } from '../internal/describeFileError.ts'
import { type SinkEnd, type SinkOptions, sinkInto } from '../internal/sinkInto.ts'
import { wholeCharacters } from '../internal/wholeCharacters.ts'
import type { Chunk, ErrorInfo, FinishReason } from '../types/chunk.ts'

export interface FileSummary {
  /** Where the text is: the file asked for, or `FILE.part` when the answer is not whole. */
  readonly path: string
  /** True when the file asked for now holds the whole answer. */
  readonly complete: boolean
  readonly bytes: number
  readonly finishReason?: FinishReason
}

/** What `FILE.part.json` says of a text that is not whole. */
interface PartStatus {
  readonly status: 'failed' | 'dropped' | 'stopped' | 'partial'
  readonly bytes: number
  readonly error?: ErrorInfo
}

/**
 * Writes the text of an answer into a file. It grows visibly as `FILE.part` and takes its name at `finish`, once synced, so
 * `FILE` is never half an answer, and an older one stays until then. An answer that was stopped, dropped or failed stays as
 * `FILE.part`, with why in `FILE.part.json`.
 *
 * - Order: kept; a `reset` empties the file. Memory: see `SinkOptions`.
 * - Drop: the part stays, with status `dropped`.
 * - Errors: the source's, `InputError` when the file cannot be written; as `SinkError` with the summary.
 */
export function toFile(asked: string, options: SinkOptions = {}): OperatorFunction<Chunk, FileSummary> {
  return sinkInto(() => {
    const { target, mode } = writing(asked, () => targetOf(asked))
    const part = `${target}.part`
    const status = `${part}.json`
    // Never into a part that another one is writing: that one keeps its own file, without the name.
    const file = writing(part, () => {
      rmSync(part, { force: true })
      return openSync(part, 'wx', mode)
    })
    writing(status, () => rmSync(status, { force: true }))
    let whole = wholeCharacters()
    let bytes = 0
    let finishReason: FinishReason | undefined

    const isOurs = () => statSync(part, { throwIfNoEntry: false })?.ino === fstatSync(file).ino
    const keepPart = (why: Omit<PartStatus, 'bytes'>): FileSummary => {
      writing(status, () => writeFileSync(status, `${JSON.stringify({ ...why, bytes })}\n`))
      return { path: part, complete: false, bytes, ...defined({ finishReason }) }
    }
    const takeName = (): FileSummary => {
      try {
        writing(asked, () => renameSync(part, target))
      } catch (error) {
        throw new SinkError(error, keepPart({ status: 'failed', error: toErrorInfo(error) }))
      }
      return { path: asked, complete: true, bytes, ...defined({ finishReason }) }
    }
    return {
      write(chunk) {
        if (chunk.type === 'finish') finishReason = chunk.reason
        if (chunk.type === 'reset') {
          writing(part, () => ftruncateSync(file, 0))
          bytes = 0
          whole = wholeCharacters()
        }
        if (chunk.type === 'text') bytes += writing(part, () => writeAll(file, Buffer.from(whole(chunk.text)), bytes))
      },
      close(end: SinkEnd) {
        const why = whyNotWhole(end, finishReason)
        try {
          if (why === undefined) writing(part, () => fsyncSync(file))
          if (!isOurs()) throw new InputError(`Cannot write ${asked}: its part was taken away, or another answer is being written to it`)
        } finally {
          closeSync(file)
        }
        return why === undefined ? takeName() : keepPart(why)
      },
    }
  }, options)
}

/** Taking a name replaces what had it: a link keeps pointing where it does, and only a plain file may be replaced. */
function targetOf(asked: string): { readonly target: string; readonly mode: number } {
  if (asked === '') throw new InputError('Cannot write the answer: the name of the file is empty')
  const found = statSync(asked, { throwIfNoEntry: false })
  if (found === undefined) return { target: asked, mode: 0o666 }
  if (!found.isFile()) throw new InputError(`Cannot write ${asked}: it is no plain file`)
  return { target: realpathSync(asked), mode: found.mode & 0o777 }
}

function whyNotWhole(end: SinkEnd, finishReason: FinishReason | undefined): Omit<PartStatus, 'bytes'> | undefined {
  if (end.kind === 'error') return { status: 'failed', error: toErrorInfo(end.error) }
  if (end.kind === 'drop' || finishReason === undefined) return { status: 'dropped' }
  return finishReason === 'stopped' || finishReason === 'partial' ? { status: finishReason } : undefined
}

function writing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(`Cannot write ${path}: ${describeFileError(error)}`, { cause: error })
  }
}

/** A file system may take less than it is given. */
function writeAll(file: number, bytes: Uint8Array, position: number): number {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, position + written)
  return written
}
