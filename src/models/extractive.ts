import { Observable } from 'rxjs'
import type { Chunk } from '../types/chunk.ts'
import type { CompletionRequest } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import { answerChunks } from './extractive/answerChunks.ts'
import { bytesPerToken, estimateTokens } from './extractive/estimateTokens.ts'

const id = 'extractive'

/**
 * An offline stand-in for a language model: answers by quoting the retrieved passages, word for word, with citations.
 *
 * It reads `request.query`, not the messages: the sentences, list items and code that hold most of the question, whole,
 * in reading order, without repetition; an outline for `kind: 'overview'`; when the passages hold too little of the
 * question, one line that says so. Every answer says that it is made of quotations. Its lists of general words are
 * English; in other languages all words weigh alike.
 *
 * - Order: a quote's `citation` follows the text that ends its marker.
 * - Memory: the passages and the answer of one request.
 * - Drop: unsubscribing ends the work at the next piece; usage is reported all the same.
 * - Errors: `RagError` `no-passages` when the request has no query with passages.
 *
 * @example
 * query$.pipe(retrieve(store), buildPrompt(), generateAnswer(extractive()))
 */
export function extractive(): LanguageModel {
  return { id, contextTokens: Infinity, stream }
}

function stream(request: CompletionRequest): Observable<Chunk> {
  return new Observable((subscriber) => {
    const controller = new AbortController()
    let bytes = 0
    let told = false
    const tellUsage = () => {
      if (told) return
      told = true
      const { question = '', passages = [] } = request.query ?? {}
      const inputTokens = estimateTokens([question, ...passages.map(({ text }) => text)])
      const outputTokens = Math.ceil(bytes / bytesPerToken)
      request.onUsage?.({ model: id, purpose: 'answer', inputTokens, outputTokens, from: 'estimated' })
    }
    subscriber.add(() => {
      controller.abort()
      tellUsage()
    })
    const pump = async () => {
      const chunks = answerChunks(request, (added) => (bytes += added), controller.signal)
      for await (const chunk of chunks) {
        if (subscriber.closed) return
        // Before the end is seen, so that whoever sums up at `finish` has it.
        if (chunk.type === 'finish') tellUsage()
        subscriber.next(chunk)
        if (subscriber.closed) return
      }
      subscriber.complete()
    }
    pump().catch((error: unknown) => subscriber.error(error))
  })
}
