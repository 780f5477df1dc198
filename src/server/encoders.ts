import type { RunEvent } from './runLog.ts'
import { type StreamEncoder, problem, streamHeaders } from './reply.ts'

/** Server-sent events: `id`, the event's type as `event`, the chunk as JSON. `EventSource` sends the last id when it comes back. */
export function sseEncoder(runId: string): StreamEncoder {
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', ...streamHeaders, 'x-riffle-run': runId },
    opening: `retry: 1000\nid: ${runId}-0\nevent: run\ndata: ${JSON.stringify({ run: runId })}\n\n`,
    // An event named `error` would be taken for a broken connection by EventSource.
    event: (event, id) => `id: ${id}\nevent: ${event.type === 'error' ? 'failed' : event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    aroundText: (id) => [`id: ${id}\nevent: text\ndata: {"type":"text","text":"`, '"}\n\n'],
    heartbeat: ': still here\n\n',
    isLast: ({ type }) => type === 'done',
    cut: (message) => `event: cut\ndata: ${JSON.stringify({ message })}\n\n`,
  }
}

/** A JSON object a line: the chunks, and `id` for coming back. */
export function ndjsonEncoder(runId: string): StreamEncoder {
  return {
    headers: { 'content-type': 'application/x-ndjson; charset=utf-8', ...streamHeaders, 'x-riffle-run': runId },
    opening: '',
    event: (event, id) => `${JSON.stringify({ ...event, id })}\n`,
    aroundText: (id) => ['{"type":"text","text":"', `","id":"${id}"}\n`],
    isLast: ({ type }) => type === 'done',
    cut: (message) => `${JSON.stringify({ type: 'cut', message })}\n`,
  }
}

/**
 * The text alone. Text that was sent cannot be taken back, and there is no word for an error: an answer that starts again or
 * fails after its first text breaks the connection, so that the client sees that it is not whole.
 */
export function textEncoder(runId: string): StreamEncoder {
  return {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...streamHeaders, 'x-riffle-run': runId },
    event: (event: RunEvent) => (event.type === 'text' ? event.text : ''),
    isLast: ({ type }) => type === 'done',
    refusal: ({ code, message }) => problem(code === 'question-too-long' ? 413 : 502, code, message),
    breaksOn: ({ type }) => type === 'error' || type === 'reset',
    unsays: true,
  }
}
