import { type Api, RefusedError } from './api.ts'
import { type AnswerEvent, readEvents } from './events.ts'
import type { Message } from '../types/completion.ts'

/** What is wanted: a new answer, or one that is being made. */
export type Wanted = { readonly question: string; readonly history: readonly Message[] } | { readonly run: string }

export interface Following {
  onEvent(event: AnswerEvent): void
  /** The connection is lost; the next try is in so many milliseconds, or at once when `now` is called. */
  onLost(inMs: number, now: () => void): void
  /** It is there again. */
  onBack(): void
}

/** The server says something every 15 s. */
const silenceMs = 40_000
const firstDelayMs = 400
const maxDelayMs = 8000
/** An answer is not kept longer without its viewer. */
const maxTries = 15

/** Statuses of what stands in front of a server that is not there. */
const passing = new Set([502, 503, 504])

/**
 * Tells every event of an answer once, in order; resolves when nothing follows. When the connection is lost it comes back behind
 * the last event, again and again with longer and longer waits. What was never begun is not asked twice, since that costs.
 */
export async function follow(api: Api, wanted: Wanted, { onEvent, onLost, onBack }: Following): Promise<void> {
  let run = 'run' in wanted ? wanted.run : undefined
  let lastEventId: string | undefined
  let tries = 0

  for (;;) {
    const connection = new AbortController()
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const onBytes = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => connection.abort(), silenceMs)
    }
    try {
      onBytes()
      const response = run === undefined && 'question' in wanted ? await api.ask(wanted.question, wanted.history, connection.signal) : await api.resume(run!, lastEventId, connection.signal)
      run ??= response.headers.get('x-riffle-run') ?? undefined
      if (response.status === 204 || response.body === null) return onEvent({ type: 'done', reason: 'other' })
      if (tries > 0) onBack()
      for await (const { id, event } of readEvents(response.body, onBytes)) {
        tries = 0
        if (id !== '') lastEventId = id
        if (event.type === 'run') run = event.run
        if (event.type === 'cut') break
        onEvent(event)
        if (event.type === 'done') return
      }
    } catch (error) {
      const mayPass = !(error instanceof RefusedError) || passing.has(error.status)
      if (run === undefined || !mayPass || tries >= maxTries) throw error
    } finally {
      clearTimeout(watchdog)
    }
    const delayMs = Math.round(Math.min(maxDelayMs, firstDelayMs * 2 ** tries) * (0.75 + Math.random() / 2))
    tries++
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs)
      onLost(delayMs, () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
