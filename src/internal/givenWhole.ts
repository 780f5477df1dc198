import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import type { Chunk } from '../types/chunk.ts'

/** Holds what a call says until it ends, so that an attempt that starts again takes nothing back: its `reset` is a `retry`. A failure gives what had come. */
export function givenWhole(): MonoTypeOperatorFunction<Chunk> {
  return (chunks) =>
    new Observable<Chunk>((subscriber) => {
      let held: Chunk[] = []
      const give = () => {
        for (const chunk of held) subscriber.next(chunk)
        held = []
      }
      return chunks.subscribe({
        next: (chunk) => {
          switch (chunk.type) {
            case 'text': case 'reasoning': case 'tool-call': case 'citation':
              held.push(chunk)
              break
            case 'reset':
              held = []
              subscriber.next({ type: 'retry', attempt: chunk.attempt - 1, delayMs: 0, error: chunk.error })
              break
            case 'finish':
              give()
              subscriber.next(chunk)
              break
            default:
              subscriber.next(chunk)
          }
        },
        error: (error: unknown) => {
          give()
          subscriber.error(error)
        },
        complete: () => {
          give()
          subscriber.complete()
        },
      })
    })
}
