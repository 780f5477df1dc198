import type { TimeoutPhase } from '../errors.ts'
import type { Chunk, MarkName } from '../types/chunk.ts'

/** Longest times of the parts of an attempt, in milliseconds; `Infinity`: no limit. */
export type AttemptLimits = Readonly<Record<TimeoutPhase, number>>

/** What an attempt waits for, and until when. */
export interface Deadline {
  readonly phase: TimeoutPhase
  readonly at: number
}

const beforeTheCall = new Set<MarkName>(['accepted', 'condensed', 'embedded', 'retrieved', 'reranked', 'prompted'])

/** The clocks of one attempt: one for the network, one for text, one for the whole. They start when they are made. */
export class AttemptClocks {
  readonly #limits: AttemptLimits
  readonly #now: () => number
  readonly #startedAt: number
  #network: 'connect' | 'headers' | undefined = 'connect'
  #networkSince: number
  #text: 'first-text' | 'next-text' = 'first-text'
  #textSince: number
  #over = false

  constructor(limits: AttemptLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
    this.#startedAt = this.#networkSince = this.#textSince = now()
  }

  /** Tells the clocks what came. True when they wait for something else now than before. */
  take(chunk: Chunk): boolean {
    switch (chunk.type) {
      case 'text':
        return this.#takeText()
      case 'reasoning':
        return chunk.text !== '' && this.#takeText()
      case 'tool-call':
        return (chunk.argumentsText !== '' || (chunk.name ?? '') !== '') && this.#takeText()
      case 'mark':
        return this.#takeMark(chunk.name)
      // Another attempt begins: these come when the limits stand behind a retry, or the model is a decorated one.
      case 'retry':
        return this.#wait('connect', this.#now() + chunk.delayMs)
      case 'reset':
        return this.#wait('connect', this.#now())
      case 'finish':
        this.#over = true
        return false
      default:
        return false
    }
  }

  /** The earliest of the deadlines. */
  next(): Deadline {
    if (this.#over) return { phase: 'total', at: Infinity }
    let next: Deadline = { phase: 'total', at: this.#startedAt + this.#limits.total }
    for (const { phase, at } of [
      { phase: this.#text, at: this.#textSince + this.#limits[this.#text] },
      ...(this.#network === undefined ? [] : [{ phase: this.#network, at: this.#networkSince + this.#limits[this.#network] }]),
    ]) {
      if (at <= next.at) next = { phase, at }
    }
    return next
  }

  #wait(network: 'connect' | 'headers', since: number): true {
    this.#network = network
    this.#networkSince = since
    this.#text = 'first-text'
    this.#textSince = since
    this.#over = false
    return true
  }

  #takeText(): boolean {
    const isFirst = this.#text === 'first-text'
    this.#network = undefined
    this.#text = 'next-text'
    this.#textSince = this.#now()
    return isFirst
  }

  #takeMark(name: MarkName): boolean {
    if (name === 'connected' || name === 'sent') return this.#wait('headers', this.#now())
    if (!beforeTheCall.has(name)) this.#network = undefined
    return false
  }
}
