interface Parameter {
  readonly required?: boolean
  readonly header?: boolean
  readonly type: string
  readonly [more: string]: unknown
}

/** What OpenAPI says of a route, without what all have. */
export interface Operation {
  readonly summary: string
  readonly query?: Readonly<Record<string, Parameter>>
  readonly body?: Readonly<Record<string, unknown>>
  /** Content types of its reply. */
  readonly types: readonly string[]
  readonly statuses: readonly number[]
}

const sse = 'text/event-stream'
const json = 'application/json'
const answerTypes = [sse, 'application/x-ndjson', 'text/plain']
const asking = [200, 400, 413, 429, 503]
const lastEvent: Parameter = { type: 'string', header: true, pattern: '^[0-9a-f]{32}-[0-9]+$' }
const messages = {
  type: 'array',
  maxItems: 200,
  items: { type: 'object', required: ['role', 'content'], properties: { role: { enum: ['system', 'user', 'assistant'] }, content: { type: 'string' } } },
}

/** By method and path. A route that is not in here fails a test. */
export function operations({ model, modes }: { readonly model: string; readonly modes: readonly string[] }): Readonly<Record<string, Operation>> {
  const settings = {
    top_k: { type: 'integer', minimum: 1, maximum: 100 },
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    max_output_tokens: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    ...(modes.length > 0 && { mode: { type: 'string', enum: modes } }),
  }
  const { max_output_tokens: _, ...asked } = settings
  const chat = {
    type: 'object',
    required: ['messages'],
    properties: {
      model: { type: 'string', default: model }, stream: { type: 'boolean', default: false }, messages, ...asked,
      max_tokens: settings.max_output_tokens, max_completion_tokens: settings.max_output_tokens,
      stream_options: { type: 'object', properties: { include_usage: { type: 'boolean', default: false } } },
    },
  }
  return {
    'GET /stream-question': {
      summary: 'The text of an answer as it comes',
      query: { query_text: { type: 'string', required: true }, ...settings },
      types: ['text/plain'],
      statuses: [...asking, 502],
    },
    'POST /v1/answers': {
      summary: 'An answer: server-sent events, lines of JSON, or text, by Accept',
      body: { type: 'object', required: ['question'], properties: { question: { type: 'string' }, history: messages, ...settings } },
      types: answerTypes,
      statuses: [...asking, 415],
    },
    'GET /v1/answers': {
      summary: 'The same, for EventSource',
      query: { question: { type: 'string' }, 'last-event-id': lastEvent, ...settings },
      types: answerTypes,
      statuses: [...asking, 204, 404, 409, 410],
    },
    'GET /v1/answers/{run}': { summary: 'A run from its beginning, or from behind an event', query: { 'last-event-id': lastEvent }, types: answerTypes, statuses: [200, 204, 400, 404, 409, 410] },
    'DELETE /v1/answers/{run}': { summary: 'Stops a run', types: [], statuses: [202, 404] },
    'GET /v1/passages': {
      summary: 'A passage of the index, among those around it in its document',
      query: { id: { type: 'string', required: true }, around: { type: 'integer', minimum: 0, maximum: 50, default: 12 } },
      types: [json],
      statuses: [200, 400, 404],
    },
    'POST /v1/chat/completions': { summary: 'A chat completion, as OpenAI has it', body: chat, types: [sse, json], statuses: [...asking, 415, 502] },
    'GET /v1/models': { summary: 'The one model there is: this pipeline', types: [json], statuses: [200] },
    'POST /api/chat': { summary: 'A stream of UI messages, as the AI SDK has it', body: { type: 'object', required: ['messages'], properties: { messages: { type: 'array' }, ...settings } }, types: [sse], statuses: [...asking, 415] },
    'GET /healthz': { summary: 'The process answers', types: [json], statuses: [200] },
    'GET /readyz': { summary: 'Questions can be answered', types: [json], statuses: [200, 503] },
    'GET /metrics': { summary: 'Counts and times for Prometheus', types: ['text/plain'], statuses: [200] },
    'GET /openapi.json': { summary: 'This', types: [json], statuses: [200] },
  }
}
