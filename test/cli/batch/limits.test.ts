import { readFileSync } from 'node:fs'
import { type Observable, concat, defer, delay, lastValueFrom, mergeMap, of, tap, throwError, timer, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createAsker } from '../../../src/cli/batch/asker.ts'
import { batchModels } from '../../../src/cli/batch/models.ts'
import type { BatchOptions } from '../../../src/cli/batch/options.ts'
import { settledBy } from '../../../src/cli/batch/settledBy.ts'
import { ProviderError } from '../../../src/errors.ts'
import { createRandom } from '../../../src/internal/random.ts'
import { tiktoken } from '../../../src/models/tiktoken.ts'
import type { RateLimitedRequest } from '../../../src/policies/rateLimits.ts'
import { createRateWindow } from '../../../src/simulator/rateWindow.ts'
import { pullMap } from '../../../src/sources/pullMap.ts'
import type { Chunk } from '../../../src/types/chunk.ts'
import type { LanguageModel } from '../../../src/types/ports.ts'
import { readRateLimits } from '../../../src/wire/rateLimitHeaders.ts'

// What `riffle batch` is made of, in virtual time, on a server that keeps its limits as the simulator does: `--rpm` and `--tpm` count minutes.

const minuteMs = 60_000
const tokenizer = tiktoken()
const text = ['README.md', 'docs/batch.md', 'docs/streaming.md', 'docs/reliability.md', 'docs/simulator.md'].map((path) => readFileSync(path, 'utf8')).join('\n')

/** Prompts as those with passages are: pieces of prose, tables and code, of very different sizes. */
function questionsOf(count: number, seed: number) {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, line) => {
    const length = Math.floor(Math.exp(6 + 3 * random()))
    const start = Math.floor(random() * Math.max(1, text.length - length))
    return { id: `row-${line}`, question: text.slice(start, start + length), line: line + 1 }
  })
}

interface Seen {
  readonly at: number
  readonly tokens: number
  readonly allowed: boolean
}

/** Counts as the service does, not as the limiter guesses. */
function enforcing(limits: { readonly requestsPerMinute: number; readonly tokensPerMinute: number }, seed: number) {
  const window = createRateWindow(limits)
  const random = createRandom('outputs', seed)
  const seen: Seen[] = []
  const stream = (request: RateLimitedRequest): Observable<Chunk> =>
    defer(() => {
      const inputTokens = request.messages.reduce((sum, { content }) => sum + tokenizer.count(content) + 4, 3)
      const outputTokens = 20 + Math.floor(random() * 300)
      const at = Date.now()
      const { allowed, headers, reason } = window.admit(inputTokens + outputTokens, at)
      seen.push({ at, tokens: inputTokens + outputTokens, allowed })
      if (!allowed) return throwError(() => new ProviderError('rate-limited', reason ?? '', { status: 429, retryAfterMs: Number(headers['retry-after-ms']) }))
      const told = readRateLimits(headers, at)
      return timer(300).pipe(
        tap(() => told && request.onLimits?.(told)),
        mergeMap(() => concat(of<Chunk>({ type: 'text', text: 'Yes.' }), of<Chunk>({ type: 'finish', reason: 'stop' }).pipe(delay(outputTokens * 15)))),
        tap(({ type }) => type === 'finish' && request.onUsage?.({ model: 'm', purpose: 'answer', inputTokens, outputTokens, from: 'server' })),
      )
    })
  return { seen, model: { id: 'm', stream } satisfies LanguageModel }
}

async function runBatch(options: { readonly rpm: number; readonly tpm: number; readonly rows: number; readonly seed: number }) {
  const { rpm, tpm, rows, seed } = options
  const server = enforcing({ requestsPerMinute: rpm, tokensPerMinute: tpm }, seed)
  const settings = { concurrency: 64, rpm, tpm, maxRetries: 4, model: 'm', retrieval: false, stream: true, topK: 5, quiet: true, afterCut: 'fail', format: 'jsonl' } as unknown as BatchOptions
  const models = batchModels(settings, async () => server.model)
  const asker = await createAsker(settings, models, server.model)
  const questions = [...questionsOf(rows, seed), { id: 'huge', question: 'word '.repeat(tpm + 1), line: rows + 1 }]
  const ends = lastValueFrom(pullMap(questions, (question) => asker.ask(question, () => undefined).pipe(settledBy(question, undefined, ({ completion }) => completion)), { concurrency: 64 }).pipe(toArray()))
  const hour = vi.advanceTimersByTimeAsync(60 * minuteMs)
  const completions = await ends
  await hour
  return { seen: server.seen, completions }
}

/** Of the minutes between the first, which begins with a burst, and the last, which is cut short. */
function shareUsed(seen: readonly Seen[], weight: (one: Seen) => number, allowed: number): number {
  const begin = (seen[0]?.at ?? 0) + minuteMs
  const minutes = Math.floor(((seen.at(-1)?.at ?? 0) - begin) / minuteMs)
  const within = seen.filter(({ at, allowed: isAllowed }) => isAllowed && at >= begin && at < begin + minutes * minuteMs)
  expect(minutes).toBeGreaterThanOrEqual(5)
  return within.reduce((sum, one) => sum + weight(one), 0) / (minutes * allowed)
}

describe('--rpm and --tpm', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each([1, 2, 3, 6])('use 95 % of the tokens a minute or more, and are not refused once the answers are known (seed %i)', async (seed) => {
    const [rpm, tpm] = [10_000, 60_000]
    const { seen, completions } = await runBatch({ rpm, tpm, rows: 450, seed })

    const refused = seen.filter(({ allowed }) => !allowed)
    expect(refused.length).toBeLessThanOrEqual(1)
    expect(refused.filter(({ at }) => at > (seen[0]?.at ?? 0) + minuteMs)).toEqual([])
    expect(shareUsed(seen, ({ tokens }) => tokens, tpm)).toBeGreaterThanOrEqual(0.95)
    expect(completions.filter(({ error }) => error === undefined)).toHaveLength(450)
    // Alone, at once, and without being sent.
    expect(completions.filter(({ error }) => error !== undefined)).toEqual([
      expect.objectContaining({ id: 'huge', error: { code: 'overflow', message: expect.stringContaining(`Expected a request of at most ${tpm} tokens`) } }),
    ])
  })

  it('use 95 % of the requests a minute or more, and are never refused', async () => {
    const [rpm, tpm] = [60, 10_000_000]
    const { seen, completions } = await runBatch({ rpm, tpm, rows: 450, seed: 4 })

    expect(seen.filter(({ allowed }) => !allowed)).toEqual([])
    expect(shareUsed(seen, () => 1, rpm)).toBeGreaterThanOrEqual(0.95)
    expect(completions.filter(({ error }) => error === undefined)).toHaveLength(450)
  })
})
