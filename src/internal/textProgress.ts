import type { ProviderErrorDetail } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import { defined } from './defined.ts'
import { TextTail } from './textTail.ts'

/** What is known of the call that is running; nothing for a model that gives no marks. */
type CallDetail = Pick<ProviderErrorDetail, 'phase' | 'status' | 'requestId'>

const tailLength = 1024
const noCall: CallDetail = {}

/** How far the text of an attempt has come: what its errors say about it. What came before a `reset` does not count. */
export class TextProgress {
  #attempt: number | undefined
  #call = noCall
  #length = 0
  readonly #tail = new TextTail(tailLength)

  take(chunk: Chunk): void {
    if (chunk.type === 'text') {
      this.#length += chunk.text.length
      this.#tail.add(chunk.text)
    } else if (chunk.type === 'mark') {
      if (chunk.attempt > 0) this.#attempt = chunk.attempt
      if (chunk.name === 'connected') this.#call = { phase: 'headers' }
      if (chunk.name === 'headers') this.#call = { phase: 'body', ...defined({ status: chunk.status, requestId: chunk.requestId }) }
    } else if (chunk.type === 'retry') {
      this.#call = noCall
    } else if (chunk.type === 'reset') {
      this.#attempt = chunk.attempt
      this.#length = 0
      this.#tail.clear()
      this.#call = noCall
    }
  }

  detail(): CallDetail & Pick<ProviderErrorDetail, 'attempt'> & Required<Pick<ProviderErrorDetail, 'textLength' | 'textTail'>> {
    const textTail = this.#length > tailLength ? wholeFrom(this.#tail.view()) : this.#tail.view()
    return { textLength: this.#length, textTail, ...this.#call, ...(this.#attempt !== undefined && { attempt: this.#attempt }) }
  }
}

/** Never begins with half a character. */
function wholeFrom(tail: string): string {
  const first = tail.charCodeAt(0)
  return first >= 0xdc00 && first <= 0xdfff ? tail.slice(1) : tail
}
