import type { MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs'
import { TruncatedError } from '../errors.ts'
import { ProgressStep } from '../internal/progressStep.ts'
import { Stepped } from '../internal/step.ts'
import type { Chunk } from '../types/chunk.ts'

/**
 * Fails an attempt that completes without `finish`: what had come is not a whole answer. Models of this package do so
 * themselves; this is for all others, and makes the failure one that `retryStream` sees.
 *
 * The order inside `attempt`: `pipe(timeLimits(), requireFinish(), retryStream())`.
 *
 * - Order: kept.
 * - Memory: the last kilobytes of text, for the error.
 * - Drop: nothing to release.
 * - Errors: `TruncatedError`, retryable, with the length of the text that came and its end.
 *
 * @example
 * generateAnswer(model, { attempt: pipe(requireFinish(), retryStream({ afterText: 'restart' })) })
 */
export function requireFinish(): MonoTypeOperatorFunction<Chunk> {
  return (chunks) => new Stepped(chunks, begin)
}

function begin(chunks: Observable<Chunk>, to: Subscriber<Chunk>): void {
  chunks.subscribe(new RequiredFinish(to))
}

class RequiredFinish extends ProgressStep {
  #finished = false

  protected override _next(chunk: Chunk): void {
    // After a reset the finish of the text before it counts for nothing.
    if (chunk.type === 'finish') this.#finished = true
    else if (chunk.type === 'reset') this.#finished = false
    this.passOn(chunk)
  }

  protected override _complete(): void {
    if (this.#finished) super._complete()
    else super._error(new TruncatedError('The answer ended without a finish reason: it was cut', { phase: 'body', ...this.progress.detail() }))
  }
}
