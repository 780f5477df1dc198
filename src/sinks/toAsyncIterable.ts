import { type Observable, Subscription } from 'rxjs'
import { type SinkEnd, type SinkOptions, type Writer, checkSinkOptions, sinkInto } from '../internal/sinkInto.ts'
import type { Chunk } from '../types/chunk.ts'

/**
 * An answer for `for await`. A function of the answer and not an operator, as `lastValueFrom` is: it leaves the stream.
 *
 * The first `next()` subscribes, so each iterator asks anew; leaving the loop (`break`, `return`, a throw) drops the answer at
 * once, down to the socket, also while `next()` is pending.
 *
 * - Order: kept. What comes while nobody asks waits, and its neighbouring text becomes one chunk; `reset` is passed on.
 * - Memory: what waits, see `SinkOptions`. With the query's `gate` the model's socket is held above 64 KiB, so the loop sets the pace;
 *   without it an answer that is `maxBytes` ahead fails.
 * - Drop: `return()` closes the socket; an iterator that is left without it holds the gate for `maxHoldMs` and then fails.
 * - Errors: `next()` rejects with the answer's error once all that came before it was taken; `OverflowError` at once.
 *
 * @throws InvalidOptionError at the call, when an option is not a positive integer.
 *
 * @example
 * const gate = createGate()
 * for await (const chunk of toAsyncIterable(answer(question, { store, model, gate }), { gate })) {
 *   if (chunk.type === 'text') process.stdout.write(chunk.text)
 * }
 */
export function toAsyncIterable(answer: Observable<Chunk>, options: SinkOptions = {}): AsyncIterable<Chunk> {
  checkSinkOptions(options)
  return { [Symbol.asyncIterator]: () => iterate(answer, options) }
}

interface Asked {
  readonly resolve: (result: IteratorResult<Chunk>) => void
  readonly reject: (error: unknown) => void
}

function iterate(answer: Observable<Chunk>, options: SinkOptions): AsyncIterator<Chunk> {
  const running = new Subscription()
  const asked: Asked[] = []
  let offered: { readonly chunk: Chunk; readonly taken: () => void } | undefined
  let started = false
  let end: SinkEnd | undefined

  const close = (how: SinkEnd) => {
    end = how
    offered = undefined
    const [first, ...others] = asked.splice(0)
    if (first !== undefined) tellEnd(first)
    others.forEach(tellEnd)
  }
  /** An error is told once; what is asked after it finds the end. */
  const tellEnd = ({ resolve, reject }: Asked) => {
    const failed = end?.kind === 'error' ? end : undefined
    end = { kind: 'complete' }
    if (failed === undefined) resolve(done())
    else reject(failed.error)
  }
  const writer: Writer<void> = {
    isPatient: true,
    write(chunk) {
      const first = asked.shift()
      if (first === undefined) return new Promise((taken) => (offered = { chunk, taken }))
      first.resolve({ done: false, value: chunk })
    },
    close,
  }
  const start = () => {
    started = true
    // How it ends was told by `close`.
    running.add(answer.pipe(sinkInto(() => writer, options)).subscribe({ error: () => undefined }))
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (offered !== undefined) {
          const { chunk, taken } = offered
          offered = undefined
          resolve({ done: false, value: chunk })
          taken()
        } else if (end !== undefined) {
          tellEnd({ resolve, reject })
        } else {
          asked.push({ resolve, reject })
          if (!started) start()
        }
      }),
    return: async () => {
      close({ kind: 'drop' })
      running.unsubscribe()
      return done()
    },
  }
}

function done(): IteratorResult<Chunk> {
  return { done: true, value: undefined }
}
