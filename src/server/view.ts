import { Piece } from '../internal/piece.ts'
import type { StreamReply, WholeReply } from './reply.ts'
import { leaveTurn, shareTurn } from './shareTurn.ts'

/** Where the bytes of a reply go. */
export interface ByteSink {
  /** Status and headers; sent with what is written next. */
  head(status: number, headers: Readonly<Record<string, string>>): void
  /** Sends at once; of no bytes, the head. False when the client has not taken what it was given: `onDrain` tells when it has. */
  write(bytes: Uint8Array): boolean
  /** It still reads what it was given: that memory has to stay as it is. */
  readonly holds: boolean
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
/** What is written next, of any viewer: each puts it together and writes it without a pause. */
const piece = new Piece()

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
  /** What the sink still reads. */
  let held: Buffer | undefined
  const detach = run.attach(encoder.graceMs)

  const close = () => {
    over = true
    clearInterval(beat)
    clearTimeout(stalled)
    clearTimeout(opening)
    leaveTurn(flush)
    detach()
  }
  const leave = () => {
    close()
    unwatch()
  }
  const cut = (message: string) => {
    limits.onCut?.()
    leave()
    if (!open || encoder.cut === undefined) return sink.abort()
    if (!blocked) sink.write(Buffer.from(encoder.cut(message)))
    sink.abort()
  }
  /** What was put together. */
  const write = () => {
    if (open && piece.length === 0) return
    if (!open) sink.head(200, encoder.headers)
    open = true
    quiet = false
    blocked = !sink.write(piece.bytes)
    if (sink.holds) held = piece.leave()
    if (blocked) stalled = setTimeout(cut, limits.stallMs, `The client took nothing for ${limits.stallMs} ms`)
  }
  /** The next event, when it says text alone and the dialect has text as JSON: it makes no objects, however much is said. */
  const addText = () => {
    const text = encoder.aroundText && log.textAt(next)
    if (text === undefined || encoder.aroundText === undefined) return false
    const [before, behind] = encoder.aroundText(`${run.id}-${next}`)
    piece.text(before)
    piece.escaped(text)
    piece.text(behind)
    return true
  }
  /** All that is there, until the client has enough. */
  const isReady = () => !over && !blocked && next <= log.last
  const flush = () => {
    clearTimeout(opening)
    opening = undefined
    piece.clear()
    if (!open && encoder.opening !== undefined && next > log.last) {
      piece.text(encoder.opening)
      return write()
    }
    while (isReady()) {
      if (next < log.first) return cut('The client is behind what is kept of the answer')
      piece.clear()
      if (!open) piece.text(encoder.opening ?? '')
      let last = false
      for (; next <= log.last && piece.length < maxPiece && !last; next++) {
        if (addText()) continue
        const event = log.at(next)
        if (event.type === 'error' && encoder.refusal !== undefined && !open && piece.length === 0) return refuse(encoder.refusal(event.error))
        if (encoder.breaksOn?.(event) === true) {
          if (event.type === 'reset' && !open && encoder.unsays === true) {
            piece.clear()
            continue
          }
          if (piece.length > 0) write()
          leave()
          return sink.abort()
        }
        piece.text(encoder.event(event, `${run.id}-${next}`))
        last = encoder.isLast(event)
      }
      if (piece.length > 0 || last) write()
      if (last) end()
    }
  }
  const end = (text?: string | Uint8Array) => {
    close()
    const unread = setTimeout(() => sink.abort(), limits.stallMs).unref()
    sink.onClose = () => clearTimeout(unread)
    sink.end(text)
    // Only now: the sink may look at what was said.
    unwatch()
  }
  const refuse = ({ status, headers, body }: WholeReply) => {
    sink.head(status, headers)
    end(body)
  }
  let opening: NodeJS.Timeout | undefined = setTimeout(flush, openingMs)
  /** Nothing is gained by waiting, or the log may forget it soon. */
  const isEnough = () => log.bytesFrom(next) > Math.min(maxPiece, log.bytes / 2)
  /** The first text goes at once, what comes with it or later together. */
  const unwatch = log.watch(({ type }) => {
    if (!hasText && (type === 'text' || type === 'reasoning')) {
      hasText = true
      flush()
    } else if (opening === undefined && !blocked) {
      if (isEnough()) flush()
      else shareTurn(flush)
    }
  })
  const beat = setInterval(() => {
    if (quiet && !blocked && open && encoder.heartbeat !== undefined) {
      piece.clear()
      piece.text(encoder.heartbeat)
      write()
    }
    quiet = true
  }, limits.heartbeatMs)

  sink.onDrain = () => {
    if (over || !blocked) return
    blocked = false
    clearTimeout(stalled)
    if (held !== undefined) piece.takeBack(held)
    held = undefined
    // Not at once: a client that is far behind would keep the others waiting.
    shareTurn(flush)
  }
  sink.onClose = () => {
    if (!over) leave()
  }
}
