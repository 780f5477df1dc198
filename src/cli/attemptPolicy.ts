import { type MonoTypeOperatorFunction, catchError, pipe } from 'rxjs'
import { InvalidOptionError, TimeoutError } from '../errors.ts'
import { requireFinish } from '../operators/requireFinish.ts'
import { retryStream } from '../operators/retryStream.ts'
import { timeLimits } from '../operators/timeLimits.ts'
import { continueAfterCut } from '../policies/continueAfterCut.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'
import type { LanguageModel } from '../types/ports.ts'

export interface AttemptPolicy {
  /** Further attempts after a failure that may pass, before the first text. */
  readonly maxRetries: number
  /** Longest silence of the model in one attempt. Absent: none. */
  readonly timeoutMs?: number
  /** While it is held, silence does not count: the reader of the output is slow, not the model. */
  readonly gate?: Gate
}

/** How a command asks its model. */
export interface Asking {
  readonly model: LanguageModel
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

/** The policies stand inside the attempt, or inside each call of a model that goes on after a cut. */
export function askingWith(model: LanguageModel, afterCut: 'fail' | 'continue', policy: AttemptPolicy): Asking {
  const attempt = attemptPolicy(policy)
  return afterCut === 'continue' ? { model: continueAfterCut(model, { attempt }) } : { model, attempt }
}

/** What `--max-retries` and `--timeout` do inside an attempt. Text that was shown is not taken back, so retries end at the first text. */
export function attemptPolicy({ maxRetries, timeoutMs = Infinity, gate }: AttemptPolicy): MonoTypeOperatorFunction<Chunk> {
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) throw new InvalidOptionError(`Expected --max-retries to be 0 or more, got ${maxRetries}`)
  return pipe(
    timeLimits({ firstTextMs: timeoutMs, nextTextMs: timeoutMs, ...(gate && { gate }) }),
    requireFinish(),
    retryStream({ maxRetries }),
    catchError((error: unknown) => {
      throw error instanceof TimeoutError ? new TimeoutError(error.phase, `${error.message} (--timeout)`, error.detail) : error
    }),
  )
}
