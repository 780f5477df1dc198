import { Observable, Subscriber } from 'rxjs'

/**
 * What an operator does for one subscription, as one object. `map`, `tap` and the like make a dozen for each, which a program of
 * thousands of streams pays with memory: so this is for the operators that stand around every answer. Others use those of rxjs.
 *
 * Passes everything on. A subclass overrides `_next`, `_error` or `_complete`; what `_next` throws is the error of the stream. To
 * pass on, call `to`, which may be closed by that, and this with it: `super._complete` then fails. A step is closed, and all in
 * front of it, when it has failed or completed, and when `to` is closed: perhaps before its constructor is through, so
 * `unsubscribe` is not overridden where `to` may be closed already.
 */
export class Step<In, Out = In> extends Subscriber<In> {
  protected readonly to: Subscriber<Out>

  constructor(to: Subscriber<Out>) {
    super(to)
    this.to = to
    ;(this as unknown as { _finalizers: unknown[] })._finalizers = roomForTwo()
  }

  override next(item: In): void {
    try {
      super.next(item)
    } catch (error) {
      this.error(error)
    }
  }
}

/**
 * A list with room for two, which is what a step holds: the operator before it, and perhaps a timer. The list of rxjs's own, which begins with nothing, takes room
 * for seventeen with the first, a kilobyte for each answer. An rxjs that calls it otherwise would pass over this one.
 */
function roomForTwo(): unknown[] {
  const list: unknown[] = [undefined, undefined]
  // The room stays after `pop`; `list.length = 0` would give it back.
  list.pop()
  list.pop()
  return list
}

/**
 * Begins something anew for each who subscribes: of an operator, a step on its source. One object where `new Observable(function)` is three, which counts where one is
 * made for every answer.
 */
export class Stepped<Source, Out> extends Observable<Out> {
  readonly #begin: (source: Source, to: Subscriber<Out>) => void
  readonly #source: Source

  constructor(source: Source, begin: (source: Source, to: Subscriber<Out>) => void) {
    super()
    this.#source = source
    this.#begin = begin
  }

  /** What rxjs calls for a subscription, as it does in its own subjects; what is thrown here is the error of the stream. */
  protected _subscribe(to: Subscriber<Out>): void {
    this.#begin(this.#source, to)
  }
}
