import type { ProviderErrorDetail } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import { defined } from './defined.ts'

/** How far the text of an attempt has come: what its errors say about it. */
export interface TextProgress {
  take(chunk: Chunk): void
  detail(): Required<Pick<ProviderErrorDetail, 'textLength' | 'textTail'>> & Pick<ProviderErrorDetail, 'attempt' | 'phase' | 'status' | 'requestId'>
}

const tailLength = 1024

/** Follows the rule for the text of an answer: what came before a `reset` does not count. */
export function createTextProgress(): TextProgress {
  let attempt: number | undefined
  /** How far the call has come, and what its response says; nothing for a model that gives no marks. */
  let call: Pick<ProviderErrorDetail, 'phase' | 'status' | 'requestId'> = {}
  let length = 0
  let tail = ''
  return {
    take(chunk) {
      if (chunk.type === 'text') {
        length += chunk.text.length
        tail += chunk.text
        // Not at every chunk: cutting costs more than adding.
        if (tail.length > 8 * tailLength) tail = lastOf(tail)
      } else if (chunk.type === 'mark') {
        if (chunk.attempt > 0) attempt = chunk.attempt
        if (chunk.name === 'connected') call = { phase: 'headers' }
        if (chunk.name === 'headers') call = { phase: 'body', ...defined({ status: chunk.status, requestId: chunk.requestId }) }
      } else if (chunk.type === 'retry') {
        call = {}
      } else if (chunk.type === 'reset') {
        attempt = chunk.attempt
        length = 0
        tail = ''
        call = {}
      }
    },
    detail: () => ({ textLength: length, textTail: lastOf(tail), ...call, ...(attempt !== undefined && { attempt }) }),
  }
}

/** Never begins with half a character. */
function lastOf(text: string): string {
  const tail = text.slice(-tailLength)
  const first = tail.charCodeAt(0)
  return text.length > tailLength && first >= 0xdc00 && first <= 0xdfff ? tail.slice(1) : tail
}
