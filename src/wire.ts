/** From the bytes of a stream to events, chunks and objects, for adapters of one's own. */
export { type EventDecoder, type EventDecoderOptions, type ServerSentEvent, createEventDecoder } from './wire/serverSentEvents.ts'
export { type ChatDecoder, type ChatDecoderOptions, createChatDecoder } from './wire/chatCompletions.ts'
export type { ContentChunk } from './wire/chatContent.ts'
export type { ServerUsage } from './wire/chatUsage.ts'
export { type Redactor, createRedactor } from './wire/redactor.ts'
export { type JsonReader, createJsonReader } from './internal/jsonReader.ts'
