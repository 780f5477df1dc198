// The server that `useChat` of the AI SDK talks to: `POST /api/chat`. A page needs one line, here is what it does behind it.
//   node examples/use-chat.ts
// Prints:
//   from Filter coffee
//   Use 60 grams for a litre of water [1].
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai'
import { lastValueFrom } from 'rxjs'
import { answer, ingest, memoryStore } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { openai } from 'riffle-rx/openai'
import { handler, serve } from 'riffle-rx/server'
import { startSimulator } from 'riffle-rx/simulator'

const simulator = await startSimulator({ script: { text: 'Use 60 grams for a litre of water [1].' } })
const model = openai({ model: 'scripted', baseUrl: simulator.url })
const store = memoryStore()
await lastValueFrom(ingest(filesIn('examples/documents'), { store }))

const answers = handler({ answer: ({ question, history = [] }, { stop }) => answer(question, { store, model, stop, history, topK: 1 }) })
const server = await serve(answers, { port: 0 })

// In React: const { messages, sendMessage, stop } = useChat({ transport: new DefaultChatTransport({ api: '/api/chat' }) })
const transport = new DefaultChatTransport({ api: `${server.url}/api/chat` })
const asked: UIMessage = { id: '1', role: 'user', parts: [{ type: 'text', text: 'How much coffee?' }] }
const stream = await transport.sendMessages({ trigger: 'submit-message', chatId: '1', messageId: undefined, messages: [asked], abortSignal: undefined })
let answered: UIMessage | undefined
for await (const message of readUIMessageStream({ stream })) answered = message // grows with every piece
for (const part of answered?.parts ?? []) {
  if (part.type === 'source-document') console.log(`from ${part.title}`)
  if (part.type === 'text') console.log(part.text)
}
await server.close()
await simulator.close()
