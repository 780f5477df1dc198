import type { TimeoutPhase } from '../errors.ts'
import type { Chunk, MarkName } from '../types/chunk.ts'

/** Longest times of the parts of an attempt, in milliseconds; `Infinity`: no limit. */
export type AttemptLimits = Readonly<Record<TimeoutPhase, number>>

/** What an attempt waits for, and until when. */
export interface Deadline {
  readonly phase: TimeoutPhase
  readonly at: number
}

export interface AttemptClocks {
  /** Tells the clocks what came. True when they wait for something else now than before. */
  take(chunk: Chunk): boolean
  /** The earliest of the deadlines. */
  next(): Deadline
}

const beforeTheCall = new Set<MarkName>(['accepted', 'condensed', 'embedded', 'retrieved', 'reranked', 'prompted'])

/** The clocks of one attempt: one for the network, one for text, one for the whole. They start now. */
export function createAttemptClocks(limits: AttemptLimits, now: () => number): AttemptClocks {
  const startedAt = now()
  let network: 'connect' | 'headers' | undefined = 'connect'
  let networkSince = startedAt
  let text: 'first-text' | 'next-text' = 'first-text'
  let textSince = startedAt
  let over = false

  const wait = (forNetwork: 'connect' | 'headers', since: number) => {
    network = forNetwork
    networkSince = since
    text = 'first-text'
    textSince = since
    over = false
    return true
  }
  const takeText = () => {
    const isFirst = text === 'first-text'
    network = undefined
    text = 'next-text'
    textSince = now()
    return isFirst
  }
  const takeMark = (name: MarkName) => {
    if (name === 'connected' || name === 'sent') return wait('headers', now())
    if (!beforeTheCall.has(name)) network = undefined
    return false
  }

  return {
    take(chunk) {
      switch (chunk.type) {
        case 'text':
          return takeText()
        case 'reasoning':
          return chunk.text !== '' && takeText()
        case 'tool-call':
          return (chunk.argumentsText !== '' || (chunk.name ?? '') !== '') && takeText()
        case 'mark':
          return takeMark(chunk.name)
        // Another attempt begins: these come when the limits stand behind a retry, or the model is a decorated one.
        case 'retry':
          return wait('connect', now() + chunk.delayMs)
        case 'reset':
          return wait('connect', now())
        case 'finish':
          over = true
          return false
        default:
          return false
      }
    },
    next() {
      if (over) return { phase: 'total', at: Infinity }
      let next: Deadline = { phase: 'total', at: startedAt + limits.total }
      for (const { phase, at } of [
        { phase: text, at: textSince + limits[text] },
        ...(network === undefined ? [] : [{ phase: network, at: networkSince + limits[network] }]),
      ]) {
        if (at <= next.at) next = { phase, at }
      }
      return next
    },
  }
}
