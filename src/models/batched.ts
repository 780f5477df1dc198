import { defer, Observable, type Subscription, timer } from 'rxjs'
import { ContractError, InvalidOptionError } from '../errors.ts'
import { requireEmbeddings } from '../internal/checkEmbedding.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { utf8Length } from '../internal/utf8Length.ts'
import type { Embedding } from '../types/document.ts'
import type { Embedder, Tokenizer } from '../types/ports.ts'
import { createBatchQueue, type QueuedText } from './batchQueue.ts'
import { type Halving, createHalving, mayHalve } from './halving.ts'

export interface BatchedOptions {
  /** Texts per request. Default: the embedder's `maxBatchSize`, else 64. */
  readonly maxBatchSize?: number
  /** Tokens per request; a text above it goes alone. Default: the embedder's `maxBatchTokens`, else not bounded. */
  readonly maxBatchTokens?: number
  /** Counts the tokens. Default: the length in UTF-8, which no count exceeds. */
  readonly tokenizer?: Tokenizer
  /** How long a text waits for others to fill its request. Default 5. */
  readonly maxWaitMs?: number
  /** Requests in flight at once. Default 4. */
  readonly concurrency?: number
}

/** A text that somebody waits for: queued, or in a request. */
interface WantedText extends QueuedText {
  readonly callers: Set<Caller>
  request?: Request
}

interface Request {
  readonly texts: readonly WantedText[]
  /** Shared by what a request was halved into. */
  readonly halving: Halving
  running?: Subscription
}

interface Caller {
  readonly take: (text: string, embedding: Embedding) => void
  readonly fail: (error: unknown) => void
}

/**
 * Gathers the texts of concurrent `embed` calls into requests bounded by count and by tokens: batching across documents
 * without a queue in the pipeline. Equal texts under way at the same time are embedded once, and their callers get the
 * same array.
 *
 * - Order: each call gets its embeddings in the order of its texts. A call of many texts may be spread over requests.
 * - Memory: the texts of the calls under way, so what the callers' own concurrency bounds.
 * - Drop: unsubscribing a call takes out its texts that wait; a request that nobody waits for any more is dropped.
 *   Other callers are not touched.
 * - Errors: a failed request fails the calls that have a text in it; `ContractError` when it brings a wrong number of embeddings, or something else.
 *   A request that is refused for what is in it (400, 413, 422), or at which the server breaks (500), is halved, down to single
 *   texts: a text that is refused fails the calls that have it and no others, and what the other half brought is kept. When two
 *   single texts get 500 and no part was taken, it is the server: the rest fails.
 *
 * @throws InvalidOptionError at the call, when a bound is not a positive integer or the wait is negative.
 *
 * @example
 * const embedder = batched(openaiEmbedder({ model: 'text-embedding-3-small', apiKey }))
 */
export function batched(embedder: Embedder, options: BatchedOptions = {}): Embedder {
  const { maxBatchSize = embedder.maxBatchSize ?? 64, maxWaitMs = 5, concurrency = 4, tokenizer } = options
  const maxBatchTokens = options.maxBatchTokens ?? embedder.maxBatchTokens
  requirePositiveInteger('maxBatchSize', maxBatchSize)
  if (maxBatchTokens !== undefined) requirePositiveInteger('maxBatchTokens', maxBatchTokens)
  if (!(maxWaitMs >= 0)) throw new InvalidOptionError(`Expected maxWaitMs to be 0 or more, got ${maxWaitMs}`)
  requirePositiveInteger('concurrency', concurrency)
  const tokensOf = (text: string) => (maxBatchTokens === undefined ? 0 : tokenizer ? tokenizer.count(text) : utf8Length(text))

  const wanted = new Map<string, WantedText>()
  const queue = createBatchQueue<WantedText>(maxBatchSize, maxBatchTokens ?? Number.POSITIVE_INFINITY)
  /** Halves of requests that were refused; they go first. */
  const halves: Request[] = []
  let running = 0
  let waiting: Subscription | undefined
  let pumping = false

  const canSend = () => running < concurrency && (halves.length > 0 || queue.isReady)
  /** Sends what is full or has waited long enough. A loop, not a recursion: embedders may answer at once. */
  const pump = () => {
    if (pumping) return
    pumping = true
    while (canSend()) send(halves.pop() ?? requestOf(queue.take()))
    pumping = false
    waiting = waitWhileNeeded(waiting)
  }
  const waitWhileNeeded = (current: Subscription | undefined) => {
    if (!queue.hasFresh) {
      current?.unsubscribe()
      return undefined
    }
    return current && !current.closed ? current : timer(maxWaitMs).subscribe(() => {
      queue.ripen()
      pump()
    })
  }
  const requestOf = (texts: readonly WantedText[], halving = createHalving()): Request => {
    const request = { texts, halving }
    for (const wantedText of texts) wantedText.request = request
    return request
  }
  const send = (sent: Request) => {
    const { texts, halving } = sent
    running++
    const settle = (deliver: (wantedText: WantedText, index: number) => void) => {
      for (const { text } of texts) wanted.delete(text)
      texts.forEach(deliver)
    }
    const fail = (error: unknown) => settle((wantedText) => wantedText.callers.forEach((caller) => caller.fail(error)))
    const failOrHalve = (error: unknown) => {
      if (texts.length === 1) halving.singlesFailed++
      if (texts.length === 1 || !mayHalve(error, halving)) return fail(error)
      const middle = Math.ceil(texts.length / 2)
      // The last is taken first: the first half, then its halves.
      halves.push(requestOf(texts.slice(middle), halving), requestOf(texts.slice(0, middle), halving))
    }
    let answered = false
    sent.running = defer(() => embedder.embed(texts.map(({ text }) => text))).subscribe({
      next: (embeddings) => {
        if (answered) return
        answered = true
        try {
          requireEmbeddings(embeddings, texts.length, embedder.id)
        } catch (error) {
          return fail(error)
        }
        halving.someTaken = true
        settle(({ text, callers }, index) => callers.forEach((caller) => caller.take(text, embeddings[index]!)))
      },
      error: failOrHalve,
      complete: () => {
        if (!answered) fail(new ContractError(`Expected ${texts.length} embeddings, got none`))
      },
    })
    sent.running.add(() => {
      running--
      pump()
    })
  }
  const want = (text: string, caller: Caller) => {
    let wantedText = wanted.get(text)
    if (!wantedText) {
      wantedText = { text, tokens: tokensOf(text), callers: new Set() }
      wanted.set(text, wantedText)
      queue.add(wantedText)
    }
    wantedText.callers.add(caller)
  }
  const leave = (text: string, caller: Caller) => {
    const wantedText = wanted.get(text)
    if (!wantedText?.callers.delete(caller) || wantedText.callers.size > 0) return
    const { request } = wantedText
    if (!request) {
      queue.remove(wantedText)
      wanted.delete(text)
    } else if (request.texts.every(({ callers }) => callers.size === 0)) {
      for (const dropped of request.texts) wanted.delete(dropped.text)
      const waitsAt = halves.indexOf(request)
      if (waitsAt >= 0) halves.splice(waitsAt, 1)
      request.running?.unsubscribe()
    }
  }

  return {
    id: embedder.id,
    get dimensions() {
      return embedder.dimensions
    },
    maxBatchSize,
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
    embed: (texts) =>
      new Observable((subscriber) => {
        const missing = new Set(texts)
        const embeddings = new Map<string, Embedding>()
        const finish = () => {
          if (missing.size > 0) return
          subscriber.next(texts.flatMap((text) => embeddings.get(text) ?? []))
          subscriber.complete()
        }
        const caller: Caller = {
          take(text, embedding) {
            missing.delete(text)
            embeddings.set(text, embedding)
            finish()
          },
          fail: (error) => subscriber.error(error),
        }
        subscriber.add(() => {
          for (const text of missing) leave(text, caller)
          pump()
        })
        for (const text of missing) want(text, caller)
        pump()
        finish()
      }),
  } as Embedder
}
