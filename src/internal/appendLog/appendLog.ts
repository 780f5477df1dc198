import { statSync } from 'node:fs'
import { InputError, OverflowError, RagError } from '../../errors.ts'
import { requirePositiveInteger } from '../requirePositiveInteger.ts'
import { lockFile } from './lockFile.ts'
import { type CheckLine, type OpenedJournal, cannotWrite, openJournal } from './openJournal.ts'

export interface AppendLogOptions {
  /** So many lines that wait are synced together, with those that come until then. 1: each as soon as may be. Default 64. */
  readonly groupLines?: number
  /** Longest time that a line waits for others before it is synced, in milliseconds. Default 200. */
  readonly groupMs?: number
  /** Bound on lines that wait for the disk; `append` beyond it fails with `OverflowError`. Default 64 MiB. */
  readonly maxWaitingBytes?: number
}

/** A file of lines that is only ever added to. A line is there for good once its promise has resolved. */
export interface AppendLog {
  readonly path: string
  /** Length of what is on disk for certain. */
  readonly bytes: number
  /** UTF-8 bytes that wait to be written. */
  readonly waitingBytes: number
  readonly repaired?: OpenedJournal['repaired']
  /** Resolves when the line is on disk, with its offset. After one failure every further one fails too. */
  append(line: string): Promise<number>
  /** Resolves when less than a group waits, in lines, or the log has failed: who asks before each line loses little in a crash. */
  hasRoom(): Promise<void>
  /** Syncs what waits and frees the file. */
  close(): Promise<void>
}

interface Waiting {
  readonly line: string
  /** UTF-8, with its end. */
  readonly bytes: number
  readonly resolve: (start: number) => void
  readonly reject: (error: unknown) => void
}

/** Asked for before each line. */
const roomNow = Promise.resolve()

/**
 * Opens a journal for appending, alone: a second process is refused while this one lives.
 *
 * Lines are written and synced (`fdatasync`) in groups; one group at a time, and all that come meanwhile make the next.
 * When a write fails, a full disk say, the file is cut back to its last synced line. A file that was deleted or replaced
 * meanwhile is noticed at the next group: its lines are not acknowledged.
 *
 * @throws InputError as `openJournal` does, and when another process has the file.
 */
export async function openAppendLog(path: string, check: CheckLine, options: AppendLogOptions = {}): Promise<AppendLog> {
  const { groupLines = 64, groupMs = 200, maxWaitingBytes = 64 * 1024 * 1024 } = options
  for (const [name, value] of Object.entries({ groupLines, groupMs, maxWaitingBytes })) requirePositiveInteger(name, value)
  const unlock = await lockFile(path)
  const opened = await openJournal(path, check).catch(async (error: unknown) => {
    await unlock()
    throw error
  })
  const { handle, file, repaired } = opened
  let { bytes } = opened
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let failure: unknown
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined
  let closed = false
  const roomWanted: (() => void)[] = []

  const hasRoom = () => failure !== undefined || waiting.length < groupLines
  const tellRoom = () => {
    if (!hasRoom()) return
    for (const resolve of roomWanted.splice(0)) resolve()
  }
  const checkStillThere = () => {
    // Here, not on another thread: to wake one for it costs a hundred times as much.
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.ino === file.ino && found.dev === file.dev) return
    throw new RagError('output', `${path} was ${found === undefined ? 'deleted' : 'replaced'} while it was written to`)
  }
  const writeGroup = async (group: readonly Waiting[]) => {
    const block = Buffer.from(group.map(({ line }) => `${line}\n`).join(''))
    let start = bytes
    try {
      for (let written = 0; written < block.length; ) {
        const { bytesWritten } = await handle.write(block, written, block.length - written, bytes + written)
        written += bytesWritten
      }
      await handle.datasync()
      checkStillThere()
    } catch (error) {
      await handle.truncate(bytes).catch(() => undefined)
      throw error instanceof RagError ? error : new RagError('output', cannotWrite(path, error).message, { cause: error })
    }
    bytes += block.length
    waitingBytes -= block.length
    for (const line of group) {
      line.resolve(start)
      start += line.bytes
    }
  }
  const flushAll = async () => {
    clearTimeout(timer)
    timer = undefined
    while (waiting.length > 0 && failure === undefined) {
      const group = waiting.splice(0)
      tellRoom()
      try {
        await writeGroup(group)
      } catch (error) {
        failure = error
        for (const line of [...group, ...waiting.splice(0)]) line.reject(error)
        waitingBytes = 0
      }
      tellRoom()
      // Less than a group: it waits for more, unless the log is being closed.
      if (!closed && waiting.length < groupLines) break
    }
    flushing = undefined
    plan()
  }
  const flush = () => (flushing ??= flushAll())
  const plan = () => {
    if (waiting.length === 0 || flushing !== undefined) return
    if (waiting.length >= groupLines || closed) void flush()
    else timer ??= setTimeout(() => void flush(), groupMs)
  }

  return {
    path,
    get bytes() {
      return bytes
    },
    get waitingBytes() {
      return waitingBytes
    },
    ...(repaired !== undefined && { repaired }),
    append: (line) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new InputError(`${path} is closed already`))
        if (failure !== undefined) return reject(failure)
        const lineBytes = Buffer.byteLength(line) + 1
        if (waitingBytes + lineBytes > maxWaitingBytes) {
          return reject(new OverflowError(`More than ${maxWaitingBytes} bytes wait to be written to ${path}`, maxWaitingBytes, 'bytes'))
        }
        waiting.push({ line, bytes: lineBytes, resolve, reject })
        waitingBytes += lineBytes
        plan()
      }),
    hasRoom: () => (hasRoom() ? roomNow : new Promise<void>((resolve) => roomWanted.push(resolve))),
    async close() {
      if (closed) return
      closed = true
      await flushing
      await flush()
      await handle.close()
      await unlock()
    },
  }
}
