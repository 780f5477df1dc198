import type { Writable } from 'node:stream'
import { RagError } from '../errors.ts'
import { describeFileError } from './describeFileError.ts'

const guarded = new WeakSet<Writable>()

/** Writes, and waits for room when the stream's own buffer is full. Fails when the reader has gone. */
export function writeTo(stream: Writable, text: string): undefined | Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.errored !== null) throw lostOutput(stream.errored)
  if (!guarded.has(stream)) {
    // A reader that goes between two writes is noticed at the next; unheard, the event would end the process.
    stream.on('error', () => undefined)
    guarded.add(stream)
  }
  if (stream.write(text)) return undefined
  return new Promise((resolve, reject) => {
    const stop = () => {
      stream.off('drain', drained)
      stream.off('close', closed)
      stream.off('error', closed)
    }
    const drained = () => {
      stop()
      resolve()
    }
    const closed = (error?: unknown) => {
      stop()
      reject(lostOutput(error ?? stream.errored))
    }
    stream.on('drain', drained)
    stream.on('close', closed)
    stream.on('error', closed)
  })
}

/** Waits until all that was written has been taken, and fails when it was not. */
export function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.errored !== null) reject(lostOutput(stream.errored))
    else stream.write('', (error) => (error ? reject(lostOutput(error)) : resolve()))
  })
}

/** A reader that goes has had enough; anything else, such as a full disk, is a failure. */
function lostOutput(error: unknown): RagError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (error === null || error === undefined || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') {
    return new RagError('closed-pipe', 'The reader of the output has gone')
  }
  return new RagError('output', `Cannot write the output: ${describeFileError(error)}`, { cause: error })
}
