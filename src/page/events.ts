import type { Chunk, ErrorInfo, FinishReason } from '../types/chunk.ts'

/** What the server says of an answer: docs/serve.md#events. */
export type AnswerEvent =
  | Exclude<Chunk, { readonly type: 'mark' }>
  | { readonly type: 'run'; readonly run: string }
  | { readonly type: 'failed'; readonly error: ErrorInfo }
  | { readonly type: 'done'; readonly reason: FinishReason | 'error' }
  | { readonly type: 'cut' }

export interface ReadEvent {
  readonly id: string
  readonly event: AnswerEvent
}

/** Server-sent events as this server writes them. `onBytes` is told of everything that comes, comments too. */
export async function* readEvents(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<ReadEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let waiting = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      const blocks = (waiting + decoder.decode(value, { stream: true })).split('\n\n')
      waiting = blocks.pop() ?? ''
      for (const block of blocks) {
        const read = readEvent(block)
        if (read !== undefined) yield read
      }
    }
  } finally {
    // Breaks the connection when nobody wants the rest.
    await reader.cancel().catch(() => undefined)
  }
}

function readEvent(block: string): ReadEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]))
  const data = fields.get('data')
  if (data === undefined) return undefined
  // The name of the event is its type, also where its data have none.
  return { id: fields.get('id') ?? '', event: { ...(JSON.parse(data) as object), type: fields.get('event') } as AnswerEvent }
}
