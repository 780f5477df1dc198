import { EMPTY, defer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { attemptPolicy } from '../../src/cli/attemptPolicy.ts'
import { ProviderError } from '../../src/errors.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { marbles } from '../support/marbles.ts'

const chunks: Record<string, Chunk> = {
  m: { type: 'mark', name: 'sent', attempt: 1, at: 0 },
  a: { type: 'text', text: 'a' },
  f: { type: 'finish', reason: 'stop' },
}
const busy = new ProviderError('server-error', 'Busy', { status: 503, retryAfterMs: 5 })
const refused = new ProviderError('unauthorized', 'No', { status: 401 })

describe('attemptPolicy', () => {
  it('tries again before the first text, after the delay that the server asked for', () => {
    marbles(({ cold, expectObservable }) => {
      const attempts = [cold('-m#', chunks, busy), cold('-a(f|)', chunks)]
      const result = defer(() => attempts.shift() ?? EMPTY).pipe(attemptPolicy({ maxRetries: 2 }))
      expectObservable(result).toBe('-m------a(f|)', chunks)
    })
  })

  it('gives up after the last retry with the last error', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold('-#', chunks, busy)
      expectObservable(attempt.pipe(attemptPolicy({ maxRetries: 1 }))).toBe('-------#', chunks, busy)
      expectSubscriptions(attempt.subscriptions).toBe(['^!', '------^!'])
    })
  })

  it('does not try again after text was shown, nor after an error that will not pass', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-#', chunks, busy).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('a-#', chunks, busy)
      expectObservable(cold('--#', chunks, refused).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('--#', chunks, refused)
    })
  })

  it('fails after a silence longer than the limit, and drops the attempt', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold('--a-------f', chunks)
      const silence = expect.objectContaining({ code: 'timeout', message: 'The model sent nothing for 0.005 s (--timeout)' }) as unknown
      expectObservable(attempt.pipe(attemptPolicy({ maxRetries: 2, timeoutMs: 5 }))).toBe('--a----#', chunks, silence)
      expectSubscriptions(attempt.subscriptions).toBe('^------!')
    })
  })
})
