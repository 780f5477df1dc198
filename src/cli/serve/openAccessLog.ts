import { type WriteStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { InputError } from '../../errors.ts'

export interface AccessLog {
  write(entry: object): void
  close(): Promise<void>
}

/** When the reader of the log stands still, lines above this are dropped: a log must not eat the memory of what it tells of. */
const maxWaitingBytes = 8 * 1_048_576

/** One JSON object a line, `time` first. `-` is standard output. */
export async function openAccessLog(path: string): Promise<AccessLog> {
  const stream = path === '-' ? process.stdout : await opened(path)
  let dropped = 0
  return {
    write(entry) {
      if (stream.writableLength > maxWaitingBytes) return void dropped++
      if (dropped > 0) stream.write(`${JSON.stringify({ time: new Date().toISOString(), droppedLines: dropped })}\n`)
      dropped = 0
      stream.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`)
    },
    async close() {
      if (stream === process.stdout) return
      await new Promise<void>((resolve) => void stream.end(() => resolve()))
    },
  }
}

async function opened(path: string): Promise<WriteStream> {
  // Others of the machine need not read who asked what.
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  try {
    await once(stream, 'open')
  } catch (error) {
    throw new InputError(`Cannot write the access log ${path}: ${error instanceof Error ? error.message : String(error)}.`)
  }
  // A full disk must not end the server.
  stream.on('error', () => undefined)
  return stream
}
