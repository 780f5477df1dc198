import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import type { OperatorFunction } from 'rxjs'
import { InputError, toErrorInfo } from '../errors.ts'
import { type SinkEnd, type SinkOptions, sinkInto } from '../internal/sinkInto.ts'
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
export function toFile(path: string, options: SinkOptions = {}): OperatorFunction<Chunk, FileSummary> {
  return sinkInto(() => {
    const part = `${path}.part`
    const status = `${part}.json`
    const file = openPart(part)
    rmSync(status, { force: true })
    let bytes = 0
    let finishReason: FinishReason | undefined

    const keepPart = (why: PartStatus): FileSummary => {
      writeFileSync(status, `${JSON.stringify(why)}\n`)
      return { path: part, complete: false, bytes, ...(finishReason === undefined ? {} : { finishReason }) }
    }
    return {
      write(chunk) {
        if (chunk.type === 'finish') finishReason = chunk.reason
        if (chunk.type === 'reset') {
          ftruncateSync(file, 0)
          bytes = 0
        }
        if (chunk.type === 'text') bytes += writeAll(file, Buffer.from(chunk.text), bytes)
      },
      close(end: SinkEnd) {
        if (end.kind === 'complete') fsyncSync(file)
        closeSync(file)
        if (end.kind === 'error') return keepPart({ status: 'failed', bytes, error: toErrorInfo(end.error) })
        if (end.kind === 'drop' || finishReason === undefined) return keepPart({ status: 'dropped', bytes })
        if (finishReason === 'stopped' || finishReason === 'partial') return keepPart({ status: finishReason, bytes })
        renameSync(part, path)
        return { path, complete: true, bytes, finishReason }
      },
    }
  }, options)
}

function openPart(part: string): number {
  try {
    return openSync(part, 'w')
  } catch (error) {
    throw new InputError(`Cannot write ${part}: ${toErrorInfo(error).message}`, { cause: error })
  }
}

/** A file system may take less than it is given. */
function writeAll(file: number, bytes: Uint8Array, position: number): number {
  let written = 0
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written, position + written)
  return written
}
