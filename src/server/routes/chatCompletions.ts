import { asFields, readConversation } from '../conversation.ts'
import { RequestError } from '../incoming.ts'
import { chatBodyEncoder, chatStreamEncoder } from '../openAIEncoders.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'

/** `POST /v1/chat/completions`: the pipeline as a model of OpenAI's. Fields that are not known are passed over. */
export const chatCompletions: Route = {
  method: 'POST',
  path: '/v1/chat/completions',
  reply: async (incoming, { start, body, modes, model }) => {
    const fields = await body(incoming)
    refuseUnsupported(fields)
    const settings = { mode: fields['mode'], top_k: fields['top_k'], temperature: fields['temperature'], max_output_tokens: fields['max_completion_tokens'] ?? fields['max_tokens'] }
    const run = start(readConversation(fields['messages'], settings, modes))
    const includeUsage = asFields(fields['stream_options'])['include_usage'] === true
    const encoder = fields['stream'] === true ? chatStreamEncoder(run, model, includeUsage) : chatBodyEncoder(run, model)
    return { kind: 'stream', run, from: 1, encoder }
  },
}

/** `GET /v1/models`: the pipeline, and what it costs when that is known. */
export const models: Route = {
  method: 'GET',
  path: '/v1/models',
  reply: (_, { model, price }) => json(200, { object: 'list', data: [{ id: model, object: 'model', created: 0, owned_by: 'riffle', ...(price !== undefined && { riffle: { price } }) }] }),
}

function refuseUnsupported({ n, tools, functions }: Readonly<Record<string, unknown>>): void {
  if ((n ?? 1) !== 1) throw new RequestError(400, 'unsupported', 'Expected n to be 1: there is one answer to a question')
  if ([tools, functions].some((list) => Array.isArray(list) && list.length > 0)) throw new RequestError(400, 'unsupported', 'Expected no tools: the pipeline calls none')
}
