import { Observable } from 'rxjs'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { LanguageModel } from '../../src/types/ports.ts'

/** A model that answers each request with what the function gives. */
export function scriptedModel(answer: (request: CompletionRequest) => Observable<Chunk>): LanguageModel {
  return { id: 'scripted', stream: answer }
}

/** The stream of a call that reports what it used when it ends, however it ends: as a model does for a socket that is closed. */
export function reporting(chunks: Observable<Chunk>, request: CompletionRequest, used: ModelCall): Observable<Chunk> {
  return new Observable<Chunk>((subscriber) => {
    const running = chunks.subscribe(subscriber)
    subscriber.add(() => {
      running.unsubscribe()
      request.onUsage?.(used)
    })
  })
}
