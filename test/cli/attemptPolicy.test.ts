import { EMPTY, defer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { attemptPolicy } from '../../src/cli/attemptPolicy.ts'
import { InvalidOptionError, ProviderError } from '../../src/errors.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { marbles } from '../support/marbles.ts'

const info = { code: 'server-error', message: 'Busy', status: 503 }
const chunks: Record<string, Chunk> = {
  m: { type: 'mark', name: 'sent', attempt: 1, at: 0 },
  a: { type: 'text', text: 'a' },
  f: { type: 'finish', reason: 'stop' },
  1: { type: 'retry', attempt: 1, delayMs: 0, error: info },
}
const busy = new ProviderError('server-error', 'Busy', { status: 503, retryAfterMs: 0 })
const refused = new ProviderError('unauthorized', 'No', { status: 401 })

describe('attemptPolicy', () => {
  it('tries again before the first text, when the server asks for it', () => {
    marbles(({ cold, expectObservable }) => {
      const attempts = [cold('-m#', chunks, busy), cold('-a(f|)', chunks)]
      const result = defer(() => attempts.shift() ?? EMPTY).pipe(attemptPolicy({ maxRetries: 2 }))
      expectObservable(result).toBe('-m1a(f|)', chunks)
    })
  })

  it('gives up after the last retry with the last error', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold('-#', chunks, busy)
      expectObservable(attempt.pipe(attemptPolicy({ maxRetries: 1 }))).toBe('-1#', chunks, busy)
      expectSubscriptions(attempt.subscriptions).toBe(['^!', '-^!'])
    })
  })

  it('does not try again after text was shown, nor after an error that will not pass', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-#', chunks, busy).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('a-#', chunks, busy)
      expectObservable(cold('--#', chunks, refused).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('--#', chunks, refused)
    })
  })

  it('takes an answer without an end for cut', () => {
    marbles(({ cold, expectObservable }) => {
      const cut = expect.objectContaining({ code: 'truncated' }) as unknown
      expectObservable(cold('a-|', chunks).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('a-#', chunks, cut)
    })
  })

  it('fails after a silence longer than the limit, and drops the attempt', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const attempt = cold('--a-------f', chunks)
      const message = 'The model sent nothing for 0.005 s in the middle of its answer (--timeout)'
      const silence = expect.objectContaining({ code: 'timeout', phase: 'next-text', message }) as unknown
      expectObservable(attempt.pipe(attemptPolicy({ maxRetries: 2, timeoutMs: 5 }))).toBe('--a----#', chunks, silence)
      expectSubscriptions(attempt.subscriptions).toBe('^------!')
    })
  })

  it('waits as long as it takes without a limit', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('- 30m a 30m (f|)', chunks).pipe(attemptPolicy({ maxRetries: 2 }))).toBe('- 30m a 30m (f|)', chunks)
    })
  })

  it('refuses a number of retries that is none, by the name of the option', () => {
    for (const maxRetries of [-1, 0.5, Number.NaN]) {
      expect(() => attemptPolicy({ maxRetries })).toThrow(InvalidOptionError)
      expect(() => attemptPolicy({ maxRetries })).toThrow('--max-retries')
    }
  })
})
