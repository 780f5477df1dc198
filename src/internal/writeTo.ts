import type { Writable } from 'node:stream'
import { RagError } from '../errors.ts'

const guarded = new WeakSet<Writable>()

/** Writes, and waits for room when the stream's own buffer is full. Fails when the reader has gone. */
export function writeTo(stream: Writable, text: string): undefined | Promise<void> {
  if (stream.destroyed || stream.writableEnded || stream.errored !== null) throw closedPipe()
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
    const closed = () => {
      stop()
      reject(closedPipe())
    }
    stream.on('drain', drained)
    stream.on('close', closed)
    stream.on('error', closed)
  })
}

function closedPipe(): RagError {
  return new RagError('closed-pipe', 'The reader of the output has gone')
}
