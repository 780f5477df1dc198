import { toErrorInfo } from '../errors.ts'
import type { Chunk, ErrorInfo } from '../types/chunk.ts'

/** What went wrong in code that nobody foresaw may hold anything: it is told to `onRunEnd` only. */
export function shownError(cause: unknown): ErrorInfo {
  const info = toErrorInfo(cause)
  return info.code === 'internal' ? { code: info.code, message: 'The answer failed' } : withoutAddress(info)
}

/** A chunk as clients get it: where the model is found, and where on this machine a document lies, is no matter of theirs. */
export function shownChunk<T extends Chunk>(chunk: T): T {
  if ('error' in chunk) return { ...chunk, error: withoutAddress(chunk.error) }
  if (chunk.type !== 'sources') return chunk
  return { ...chunk, passages: chunk.passages.map(({ uri, ...passage }) => (uri === undefined || /^file:/i.test(uri) ? passage : { ...passage, uri })) }
}

function withoutAddress(info: ErrorInfo): ErrorInfo {
  return { ...info, message: info.message.replaceAll(/\bhttps?:\/\/[^\s),;]+/g, 'the model') }
}
