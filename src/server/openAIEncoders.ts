import type { ErrorInfo, FinishReason, Usage } from '../types/chunk.ts'
import { type StreamEncoder, type WholeReply, json, streamHeaders } from './reply.ts'
import type { RunEvent } from './runLog.ts'
import type { Run } from './runs.ts'

const reasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop', length: 'length', 'content-filter': 'content_filter', 'tool-calls': 'tool_calls', other: 'stop',
  // Neither is whole, and this dialect knows no better word.
  stopped: 'length', partial: 'length',
}

/** An error in OpenAI's shape. */
export function openAIError(status: number, code: string, message: string): { readonly error: object } {
  return { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code } }
}

/** The pipeline has tried again itself; a client that does so too would pay twice. */
const refusal = ({ code, message }: ErrorInfo): WholeReply => {
  const [status, shown] = code === 'question-too-long' ? [400, 'context_length_exceeded'] : [502, code]
  return json(status, openAIError(status, shown, message), { 'x-should-retry': 'false' })
}

/** Chunks of a chat completion. The first has the role and, in `riffle`, the sources. An answer that starts again after text breaks the connection. */
export function chatStreamEncoder(run: Run, model: string, includeUsage: boolean): StreamEncoder {
  let begun = false
  let hasText = false
  let finished = false
  let usage: Usage | undefined
  const line = (fields: object) => `data: ${JSON.stringify({ ...headOf(run, model, 'chat.completion.chunk'), ...(includeUsage && { usage: null }), ...fields })}\n\n`
  const choice = (delta: object, reason: string | null = null, more = {}) => line({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }], ...more })
  const opened = (text: string, more = {}) => {
    const first = begun ? '' : choice({ role: 'assistant', content: '' }, null, more)
    begun = true
    return first + text
  }
  const finish = (reason: FinishReason) => {
    finished = true
    return opened(choice({}, reasons[reason], { riffle: { finish: reason } }))
  }
  return {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', ...streamHeaders, 'x-riffle-run': run.id },
    graceMs: 0,
    refusal,
    heartbeat: ': still here\n\n',
    breaksOn: ({ type }) => type === 'reset' && hasText,
    isLast: ({ type }) => type === 'done',
    event(event: RunEvent) {
      switch (event.type) {
        case 'sources':
          return opened('', { riffle: { sources: event.passages } })
        case 'text':
          hasText = true
          return opened(choice({ content: event.text }))
        case 'reasoning':
          hasText = true
          return opened(choice({ reasoning_content: event.text }))
        case 'usage':
          usage = event
          return ''
        case 'finish':
          return finish(event.reason)
        case 'error':
          return `data: ${JSON.stringify(openAIError(502, event.error.code, event.error.message))}\n\n`
        case 'done': {
          // No [DONE] after an error: who reads no more than that would take the answer for whole.
          if (event.reason === 'error') return ''
          const end = finished ? '' : finish(event.reason)
          return `${end}${includeUsage && usage ? line({ choices: [], usage: usageOf(usage) }) : ''}data: [DONE]\n\n`
        }
        default:
          return ''
      }
    },
  }
}

/** The same in one body, sent when the run has ended: nothing of it was said before, so it may start again or fail with a status. */
export function chatBodyEncoder(run: Run, model: string): StreamEncoder {
  let text = ''
  let sources: unknown
  let usage: Usage | undefined
  return {
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-riffle-run': run.id },
    graceMs: 0,
    refusal,
    isLast: ({ type }) => type === 'done',
    event(event: RunEvent) {
      if (event.type === 'text') text += event.text
      if (event.type === 'reset') text = ''
      if (event.type === 'sources') sources = event.passages
      if (event.type === 'usage') usage = event
      if (event.type !== 'done' || event.reason === 'error') return ''
      const message = { role: 'assistant', content: text, refusal: null }
      return JSON.stringify({
        ...headOf(run, model, 'chat.completion'),
        choices: [{ index: 0, message, logprobs: null, finish_reason: reasons[event.reason] }],
        ...(usage && { usage: usageOf(usage) }),
        riffle: { finish: event.reason, sources },
      })
    },
  }
}

function headOf(run: Run, model: string, object: string): object {
  return { id: `chatcmpl-${run.id}`, object, created: Math.floor(run.createdAt / 1000), model }
}

function usageOf({ inputTokens, outputTokens }: Usage): object {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}
