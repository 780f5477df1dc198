import type { StreamReply, WholeReply } from './reply.ts'

/** Where the bytes of a reply go. */
export interface ByteSink {
  /** Status and headers; sent with what is written next. */
  head(status: number, headers: Readonly<Record<string, string>>): void
  /** Sends at once; of an empty text, the head. False when the client has not taken what it was given: `onDrain` tells when it has. */
  write(text: string): boolean
  end(text?: string | Uint8Array): void
  /** Breaks the connection, so that the client sees that the reply is not whole. */
  abort(): void
  onDrain: () => void
  /** The client went, or all was sent. */
  onClose: () => void
}

export interface ViewLimits {
  readonly heartbeatMs: number
  /** A client that takes nothing for this long is cut. */
  readonly stallMs: number
  /** Told when a viewer was cut: it fell behind, or stood still. */
  readonly onCut?: (() => void) | undefined
}

/** Written at once: larger makes a slow client hold more, smaller costs calls. */
const maxPiece = 32_768
/** What there is before the first text waits so long for it: the model is asked first, and one write is cheaper than three. */
const openingMs = 1

/**
 * Sends what a run says to one viewer, at the viewer's pace: it has a place in the run's log and nothing of its own.
 *
 * A viewer that falls behind the bounded log, or takes nothing for `stallMs`, is cut; the run and its other viewers go on.
 */
export function view({ run, from, encoder }: StreamReply, sink: ByteSink, limits: ViewLimits): void {
  const { log } = run
  let next = from
  let open = false
  let over = false
  let blocked = false
  let quiet = true
  let hasText = false
  let stalled: NodeJS.Timeout | undefined
  let due: NodeJS.Immediate | undefined
  const detach = run.attach(encoder.graceMs)

  const close = () => {
    over = true
    clearInterval(beat)
    clearTimeout(stalled)
    clearTimeout(opening)
    clearImmediate(due)
    unwatch()
    detach()
  }
  const cut = (message: string) => {
    limits.onCut?.()
    close()
    if (!open || encoder.cut === undefined) return sink.abort()
    if (!blocked) sink.write(encoder.cut(message))
    sink.abort()
  }
  const write = (text: string) => {
    if (open && text === '') return
    if (!open) sink.head(200, encoder.headers)
    open = true
    quiet = false
    blocked = !sink.write(text)
    if (blocked) stalled = setTimeout(cut, limits.stallMs, `The client took nothing for ${limits.stallMs} ms`)
  }
  /** All that is there, until the client has enough. */
  const isReady = () => !over && !blocked && next <= log.last
  const flush = () => {
    clearTimeout(opening)
    opening = undefined
    due = undefined
    if (!open && encoder.opening !== undefined && next > log.last) return write(encoder.opening)
    while (isReady()) {
      if (next < log.first) return cut('The client is behind what is kept of the answer')
      let text = open ? '' : (encoder.opening ?? '')
      let last = false
      for (; next <= log.last && text.length < maxPiece && !last; next++) {
        const event = log.at(next)
        if (event.type === 'error' && encoder.refusal !== undefined && !open && text === '') return refuse(encoder.refusal(event.error))
        if (encoder.breaksOn?.(event) === true) {
          if (event.type === 'reset' && !open && encoder.unsays === true) {
            text = ''
            continue
          }
          if (text !== '') write(text)
          close()
          return sink.abort()
        }
        text += encoder.event(event, `${run.id}-${next}`)
        last = encoder.isLast(event)
      }
      if (text !== '' || last) write(text)
      if (last) end()
    }
  }
  const end = (text?: string | Uint8Array) => {
    close()
    const unread = setTimeout(() => sink.abort(), limits.stallMs).unref()
    sink.onClose = () => clearTimeout(unread)
    sink.end(text)
  }
  const refuse = ({ status, headers, body }: WholeReply) => {
    sink.head(status, headers)
    end(body)
  }
  let opening: NodeJS.Timeout | undefined = setTimeout(flush, openingMs)
  /** The first text goes at once, what comes with it or later together. */
  const unwatch = log.watch(({ type }) => {
    if (!hasText && (type === 'text' || type === 'reasoning')) {
      hasText = true
      flush()
    } else if (opening === undefined && !blocked) due ??= setImmediate(flush)
  })
  const beat = setInterval(() => {
    if (quiet && !blocked && open && encoder.heartbeat !== undefined) write(encoder.heartbeat)
    quiet = true
  }, limits.heartbeatMs)

  sink.onDrain = () => {
    if (over || !blocked) return
    blocked = false
    clearTimeout(stalled)
    // Not at once: a client that is far behind would keep the others waiting.
    due ??= setImmediate(flush)
  }
  sink.onClose = () => {
    if (!over) close()
  }
}
