import type { Observable, Subscriber } from 'rxjs'
import { Stepped } from '../internal/step.ts'
import type { RateLimitedRequest } from '../policies/rateLimits.ts'
import type { Chunk } from '../types/chunk.ts'
import { type ChatCalls, RunningCall } from './runningCall.ts'

/**
 * One call of a chat completions service, from the request to `finish`. What the response is, not what was asked for, decides how it is read: an event stream
 * or one JSON body give the same chunks.
 *
 * - Order: as the server sends; marks stand right before what they mark.
 * - Memory: what one read of the socket brings (64 KiB) and one unfinished event. While the gate is held nothing is read.
 * - Drop: unsubscribing closes the socket at once, before the headers and while the gate is held too.
 * - Errors: `ProviderError`; `TruncatedError` when the answer ends without a finish reason, unless `[DONE]` came and `finishOnDone` is set; `OverflowError` for
 *   lines, events and bodies above their bounds. A connection that breaks or falls silent after the finish reason is no error: the answer is whole.
 */
export function chatAnswer(calls: ChatCalls, request: RateLimitedRequest): Observable<Chunk> {
  return new Stepped({ calls, request }, begin)
}

function begin({ calls, request }: { readonly calls: ChatCalls; readonly request: RateLimitedRequest }, to: Subscriber<Chunk>): void {
  const call = new RunningCall(calls, request, to)
  to.add(call)
  try {
    calls.send(request, call)
  } catch (error) {
    call.onFailed(error)
  }
}
