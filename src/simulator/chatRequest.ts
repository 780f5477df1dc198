export interface ChatMessage {
  readonly role: string
  readonly text: string
}

/** What a chat completions request says, as far as an answer depends on it. */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly streamed: boolean
  readonly usageAsked: boolean
}

/** Reads any JSON: what is missing or of another type is as if it were not there. */
export function readChatRequest(body: unknown): ChatRequest {
  const { model, messages, stream, stream_options } = (body ?? {}) as Readonly<Record<string, unknown>>
  const options = (stream_options ?? {}) as { readonly include_usage?: unknown }
  return {
    model: typeof model === 'string' ? model : 'simulated',
    messages: (Array.isArray(messages) ? messages : []).map(readMessage),
    streamed: stream === true,
    usageAsked: options.include_usage === true,
  }
}

function readMessage(message: { readonly role?: unknown; readonly content?: unknown } | null): ChatMessage {
  return { role: typeof message?.role === 'string' ? message.role : '', text: textOf(message?.content) }
}

/** A content is a text, or a list of parts that may have one. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part: { readonly text?: unknown } | null) => (typeof part?.text === 'string' ? part.text : '')).join('')
}
