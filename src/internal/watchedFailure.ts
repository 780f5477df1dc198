import type { Subscriber } from 'rxjs'
import { Step } from './step.ts'

/** Passes everything on, and tells a failure before. */
export class WatchedFailure<T> extends Step<T> {
  readonly #onFailure: (error: unknown) => void

  constructor(onFailure: (error: unknown) => void, to: Subscriber<T>) {
    super(to)
    this.#onFailure = onFailure
  }

  protected override _error(error: unknown): void {
    this.#onFailure(error)
    super._error(error)
  }
}
