import type { Subscriber } from 'rxjs'
import type { Chunk } from '../types/chunk.ts'
import { Step } from './step.ts'
import { TextProgress } from './textProgress.ts'

/**
 * A step whose errors say how far the text of its attempt has come. Of two that stand right behind each other the one in front holds
 * nothing: what it passes on is what the other has.
 */
export class ProgressStep extends Step<Chunk> {
  /** With the chunk that was passed on last. */
  protected readonly progress: TextProgress
  readonly #isOwn: boolean

  constructor(to: Subscriber<Chunk>) {
    super(to)
    this.#isOwn = !(to instanceof ProgressStep)
    this.progress = to instanceof ProgressStep ? to.progress : new TextProgress()
  }

  protected passOn(chunk: Chunk): void {
    if (this.#isOwn) this.progress.take(chunk)
    this.to.next(chunk)
  }
}
