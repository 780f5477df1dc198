import type { ProviderErrorDetail } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import { defined } from './defined.ts'
import { createTextTail } from './textTail.ts'

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
  let tail = createTextTail(tailLength)
  return {
    take(chunk) {
      if (chunk.type === 'text') {
        length += chunk.text.length
        tail.add(chunk.text)
      } else if (chunk.type === 'mark') {
        if (chunk.attempt > 0) attempt = chunk.attempt
        if (chunk.name === 'connected') call = { phase: 'headers' }
        if (chunk.name === 'headers') call = { phase: 'body', ...defined({ status: chunk.status, requestId: chunk.requestId }) }
      } else if (chunk.type === 'retry') {
        call = {}
      } else if (chunk.type === 'reset') {
        attempt = chunk.attempt
        length = 0
        tail = createTextTail(tailLength)
        call = {}
      }
    },
    detail: () => ({ textLength: length, textTail: length > tailLength ? wholeFrom(tail.view()) : tail.view(), ...call, ...(attempt !== undefined && { attempt }) }),
  }
}

/** Never begins with half a character. */
function wholeFrom(tail: string): string {
  const first = tail.charCodeAt(0)
  return first >= 0xdc00 && first <= 0xdfff ? tail.slice(1) : tail
}
