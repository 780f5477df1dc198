import { readConversation } from '../conversation.ts'
import type { Route } from '../route.ts'
import { uiMessageEncoder } from '../uiMessageEncoder.ts'

/** `POST /api/chat`: what `useChat` of the AI SDK asks. */
export const uiChat: Route = {
  method: 'POST',
  path: '/api/chat',
  reply: async (incoming, { start, body, modes }) => {
    const { messages, mode, top_k } = await body(incoming)
    const run = start(readConversation(messages, { mode, top_k }, modes))
    return { kind: 'stream', run, from: 1, encoder: uiMessageEncoder(run) }
  },
}
