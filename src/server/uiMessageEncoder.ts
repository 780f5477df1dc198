import { type StreamEncoder, streamHeaders } from './reply.ts'
import type { RunEvent } from './runLog.ts'
import type { Run } from './runs.ts'

/** The AI SDK's UI message stream. An answer that starts again resets its step; a stopped one ends with `abort`. */
export function uiMessageEncoder(run: Run): StreamEncoder {
  let open: 'text' | 'reasoning' | undefined
  let part = 0
  let step = false
  const line = (value: object) => `data: ${JSON.stringify(value)}\n\n`
  const close = () => {
    const end = open === undefined ? '' : line({ type: `${open}-end`, id: String(part) })
    open = undefined
    return end
  }
  const started = () => {
    const start = step ? '' : line({ type: 'start-step' })
    step = true
    return start
  }
  const delta = (kind: 'text' | 'reasoning', text: string) => {
    let before = started()
    if (open !== kind) {
      before += close()
      open = kind
      before += line({ type: `${kind}-start`, id: String(++part) })
    }
    return before + line({ type: `${kind}-delta`, id: String(part), delta: text })
  }
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', ...streamHeaders, 'x-vercel-ai-ui-message-stream': 'v1', 'x-riffle-run': run.id },
    opening: line({ type: 'start', messageId: run.id }),
    graceMs: 0,
    heartbeat: ': still here\n\n',
    isLast: ({ type }) => type === 'done',
    cut: (message) => line({ type: 'error', errorText: message }),
    event(event: RunEvent) {
      switch (event.type) {
        case 'sources':
          // Before the step, so that starting again keeps them.
          return event.passages.map(({ id, documentId, title }) => line({ type: 'source-document', sourceId: id, mediaType: 'text/plain', title: title ?? documentId })).join('')
        case 'text':
        case 'reasoning':
          return delta(event.type, event.text)
        case 'reset':
          open = undefined
          return step ? line({ type: 'reset-step' }) : ''
        case 'error':
          return close() + line({ type: 'error', errorText: event.error.message })
        case 'done': {
          const end = `${close()}${step ? line({ type: 'finish-step' }) : ''}`
          const how = event.reason === 'stopped' ? { type: 'abort' } : { type: 'finish', finishReason: event.reason === 'partial' ? 'other' : event.reason }
          return `${end}${line(how)}data: [DONE]\n\n`
        }
        default:
          return ''
      }
    },
  }
}
