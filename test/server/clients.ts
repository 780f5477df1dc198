import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI } from '@langchain/openai'
import { DefaultChatTransport, type UIMessage, readUIMessageStream, streamText } from 'ai'
import { EventSource } from 'eventsource'
import OpenAI from 'openai'

export interface Asked {
  readonly url: string
  readonly question: string
  readonly token: string
  readonly signal: AbortSignal
}

/** A program that people use: asks a server of which it knows the address and the token, and gives the text as it comes. */
export interface Client {
  readonly name: string
  /** Fails as the client does; ends, or fails, when the signal is aborted. */
  readonly ask: (asked: Asked) => AsyncIterable<string>
  /** How it tells what went wrong. */
  readonly tells: { readonly unauthorized: RegExp; readonly busy: RegExp; readonly spent: RegExp; readonly broken: RegExp }
}

const query = (name: string, question: string) => `${name}=${encodeURIComponent(question)}`
type Event = Readonly<Record<string, unknown>>

async function* curl(path: string, headers: readonly string[], { url, token, signal }: Asked): AsyncGenerator<string> {
  const child = spawn('curl', ['-sSN', '--fail-with-body', ...[`authorization: Bearer ${token}`, ...headers].flatMap((header) => ['-H', header]), url + path], { signal })
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  const closed = once(child, 'close')
  // Of one that was stopped nobody asks.
  closed.catch(() => undefined)
  for await (const bytes of child.stdout) {
    said += String(bytes)
    yield String(bytes)
  }
  const [code] = await closed
  if (code !== 0) throw new Error(`curl ${code}: ${said}`)
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** The texts of events as our own dialects have them. */
async function* textsOf(events: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event['type'] === 'text') yield String(event['text'])
    if (event['type'] === 'error' || event['type'] === 'refused') throw new Error(JSON.stringify(event))
    if (event['type'] === 'done') return
  }
}

async function* map<T, R>(items: AsyncIterable<T>, project: (item: T) => R | undefined): AsyncGenerator<R> {
  for await (const item of items) {
    const projected = project(item)
    if (projected !== undefined) yield projected
  }
}

/** What a listener is told, pulled. */
function pulled<T>(begin: (tell: (item: T) => void, fail: (error: Error) => void) => () => void): ReadableStream<T> {
  let end: () => void
  return new ReadableStream<T>({
    start: (controller) => void (end = begin((item) => controller.enqueue(item), (error) => controller.error(error))),
    cancel: () => end(),
  })
}

const ours = { unauthorized: /A token is needed.*error: 401/s, busy: /"code\\?":\\?"busy.*error: 503/s, spent: /"code\\?":\\?"tokens-spent.*error: 429/s, broken: /"code":"truncated"/ }
const openAIs = { unauthorized: /401.*A token is needed/s, busy: /503.*All places are taken/s, spent: /429.*What may be spent in a day is spent/s, broken: /broke off in the middle of the answer/ }

export const clients: readonly Client[] = [
  {
    name: 'curl, plain text at the literal address',
    ask: (asked) => curl(`/stream-question/?${query('query_text', asked.question)}`, [], asked),
    tells: { ...ours, broken: /curl 18: / },
  },
  {
    name: 'curl, server-sent events',
    ask: (asked) => textsOf(map(linesOf(curl(`/v1/answers?${query('question', asked.question)}`, ['accept: text/event-stream'], asked)), (line) => (line.startsWith('data: ') ? (JSON.parse(line.slice(6)) as Event) : undefined))),
    tells: ours,
  },
  {
    name: 'curl, lines of JSON',
    ask: (asked) => textsOf(map(linesOf(curl(`/v1/answers?${query('question', asked.question)}`, ['accept: application/x-ndjson'], asked)), (line) => (line.startsWith('{') ? (JSON.parse(line) as Event) : undefined))),
    tells: ours,
  },
  {
    name: 'the openai SDK',
    async *ask({ url, question, token, signal }) {
      const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 })
      const stream = await client.chat.completions.create({ model: 'riffle', stream: true, messages: [{ role: 'user', content: question }] }, { signal })
      yield* map(stream, ({ choices }) => choices[0]?.delta.content ?? undefined)
    },
    tells: openAIs,
  },
  {
    name: 'LangChain’s ChatOpenAI',
    async *ask({ url, question, token, signal }) {
      const model = new ChatOpenAI({ model: 'riffle', apiKey: token, maxRetries: 0, configuration: { baseURL: `${url}/v1` } })
      yield* map(await model.stream(question, { signal }), ({ text }) => text)
    },
    tells: openAIs,
  },
  {
    name: '@ai-sdk/openai-compatible',
    async *ask({ url, question, token, signal }) {
      const model = createOpenAICompatible({ name: 'riffle', baseURL: `${url}/v1`, apiKey: token })('riffle')
      for await (const part of streamText({ model, prompt: question, maxRetries: 0, abortSignal: signal, onError: () => undefined }).fullStream) {
        if (part.type === 'text-delta') yield part.text
        if (part.type === 'error') throw part.error
      }
    },
    tells: openAIs,
  },
  {
    name: 'the AI SDK’s reader of UI messages',
    async *ask({ url, question, token, signal }) {
      const transport = new DefaultChatTransport<UIMessage>({ api: `${url}/api/chat`, headers: { authorization: `Bearer ${token}` } })
      const messages: UIMessage[] = [{ id: '1', role: 'user', parts: [{ type: 'text', text: question }] }]
      const stream = await transport.sendMessages({ chatId: '1', messageId: undefined, trigger: 'submit-message', abortSignal: signal, messages })
      let before = ''
      for await (const message of readUIMessageStream({ stream, terminateOnError: true })) {
        const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
        yield text.slice(before.length)
        before = text
      }
    },
    tells: { unauthorized: /A token is needed/, busy: /"code":"busy"/, spent: /"code":"tokens-spent"/, broken: /broke off in the middle of the answer/ },
  },
  {
    name: 'EventSource',
    async *ask({ url, question, token, signal }) {
      yield* textsOf(pulled<Event>((tell, fail) => {
        // A browser's cannot send headers.
        const source = new EventSource(`${url}/v1/answers?${query('question', question)}&${query('access_token', token)}`)
        for (const type of ['text', 'failed', 'done']) source.addEventListener(type, ({ data }) => tell(JSON.parse(String(data)) as Event))
        source.addEventListener('error', ({ code, message }) => source.readyState === source.CLOSED && fail(new Error(`${code} ${message}`)))
        signal.addEventListener('abort', () => source.close())
        return () => source.close()
      }))
    },
    tells: { unauthorized: /401/, busy: /503/, spent: /429/, broken: /"code":"truncated"/ },
  },
  {
    name: 'WebSocket',
    async *ask({ url, question, token, signal }) {
      yield* textsOf(pulled<Event>((tell, fail) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/answers/socket?${query('access_token', token)}`)
        socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'ask', question })))
        socket.addEventListener('message', ({ data }) => tell(JSON.parse(String(data)) as Event))
        socket.addEventListener('close', ({ code }) => fail(new Error(`closed with ${code}`)))
        signal.addEventListener('abort', () => socket.send(JSON.stringify({ type: 'stop' })))
        return () => socket.close()
      }))
    },
    // Of a handshake that was refused a page is told no more.
    tells: { unauthorized: /closed with 1006/, busy: /"code":"busy"/, spent: /"code":"tokens-spent"/, broken: /"code":"truncated"/ },
  },
]
