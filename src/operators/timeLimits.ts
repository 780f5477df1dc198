import type { MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs'
import { TimeoutError, type TimeoutPhase } from '../errors.ts'
import { Alarm, type Alarmed } from '../internal/alarm.ts'
import { AttemptClocks, type AttemptLimits } from '../internal/attemptClocks.ts'
import { ProgressStep } from '../internal/progressStep.ts'
import { requireDuration } from '../internal/requireDuration.ts'
import { runningClock } from '../internal/runningClock.ts'
import { Stepped } from '../internal/step.ts'
import type { Chunk } from '../types/chunk.ts'
import type { Gate } from '../types/gate.ts'

/** All in milliseconds; `Infinity` turns a limit off. */
export interface TimeLimitsOptions {
  /**
   * From the beginning of the attempt to the mark `connected`; a model that gives no marks: to its first text.
   * Default none: the transport of `openai` gives up after 10 seconds by itself.
   */
  readonly connectMs?: number
  /**
   * From the mark `sent` to the mark `headers`. Default none: `firstTextMs` covers it, and many servers send no headers
   * before they have loaded the model and read the prompt.
   */
  readonly headersMs?: number
  /** From the mark `sent`, or the beginning while there is none, to the first text. Default 120,000. */
  readonly firstTextMs?: number
  /** Between two texts, and from the last one to `finish`. Default 60,000. */
  readonly nextTextMs?: number
  /** From the beginning of the attempt to `finish`. Default none. */
  readonly totalMs?: number
  /** Held by slow consumers: while it is held, no time passes here. */
  readonly gate?: Gate
}

/**
 * Fails an attempt that is silent for too long.
 *
 * Text here is what the model says on any channel: visible text, reasoning, tool calls. Marks, empty chunks and what a server
 * sends only to keep the connection open are no sign of life. A model that thinks without sending its thoughts, or answers
 * with `streaming: false`, needs a `firstTextMs` that covers all of it. After `finish` nothing is limited.
 *
 * Waiting for a place in the queue of `limited` comes before `sent` and counts; give the limits to the model inside instead:
 * `limited({ ...model, stream: (request) => model.stream(request).pipe(timeLimits()) }, limits)`.
 *
 * The order inside `attempt`: `pipe(timeLimits(), requireFinish(), retryStream())`: limits for each attempt; what they and
 * `requireFinish` fail is tried again. Behind `retryStream`, `totalMs` covers all attempts, and the others start again with each.
 *
 * - Order: kept.
 * - Memory: the last kilobytes of text, for the error; one timer.
 * - Drop: unsubscribing ends the timer.
 * - Errors: `TimeoutError`, which drops the attempt; retryable but for phase `total`.
 *
 * @throws InvalidOptionError at the call, when a limit is not above 0.
 *
 * @example
 * generateAnswer(model, { gate, attempt: pipe(timeLimits({ firstTextMs: 20_000, gate }), requireFinish(), retryStream()) })
 */
export function timeLimits(options: TimeLimitsOptions = {}): MonoTypeOperatorFunction<Chunk> {
  const { connectMs = Infinity, headersMs = Infinity, firstTextMs = 120_000, nextTextMs = 60_000, totalMs = Infinity, gate } = options
  for (const [name, value] of Object.entries({ connectMs, headersMs, firstTextMs, nextTextMs, totalMs })) requireDuration(name, value)
  const limits: AttemptLimits = {
    connect: connectMs, headers: headersMs, 'first-text': firstTextMs, 'next-text': nextTextMs, total: totalMs,
  }
  const settings: Settings = { limits, shortestMs: Math.min(...Object.values(limits)), gate }

  const begin = (chunks: Observable<Chunk>, to: Subscriber<Chunk>) => void chunks.subscribe(new LimitedAttempt(settings, to))
  return (chunks) => new Stepped(chunks, begin)
}

interface Settings {
  readonly limits: AttemptLimits
  readonly shortestMs: number
  readonly gate: Gate | undefined
}

class LimitedAttempt extends ProgressStep implements Alarmed {
  readonly now: () => number
  readonly #settings: Settings
  readonly #clocks: AttemptClocks
  readonly #alarm: Alarm

  constructor(settings: Settings, to: Subscriber<Chunk>) {
    super(to)
    this.#settings = settings
    this.now = runningClock(settings.gate)
    this.#clocks = new AttemptClocks(settings.limits, this.now)
    this.#alarm = new Alarm(this)
    this.add(this.#alarm)
  }

  dueAt(): number {
    return this.#clocks.next().at
  }

  pauseMs(): number {
    const { gate, shortestMs } = this.#settings
    return gate?.held === true ? shortestMs / 16 : 0
  }

  ring(): void {
    const { phase } = this.#clocks.next()
    this.error(new TimeoutError(phase, messageOf(phase, this.#settings.limits[phase]), this.progress.detail()))
  }

  protected override _next(chunk: Chunk): void {
    if (this.#clocks.take(chunk)) this.#alarm.hasten()
    this.passOn(chunk)
  }
}

function messageOf(phase: TimeoutPhase, limitMs: number): string {
  const limit = `${limitMs / 1000} s`
  switch (phase) {
    case 'connect': return `The model could not be reached within ${limit}`
    case 'headers': return `The model did not begin its response within ${limit}`
    case 'first-text': return `The model sent no text within ${limit}`
    case 'next-text': return `The model sent nothing for ${limit} in the middle of its answer`
    case 'total': return `The answer took longer than ${limit}`
  }
}
