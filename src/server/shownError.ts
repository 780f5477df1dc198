import { toErrorInfo } from '../errors.ts'
import type { ErrorInfo } from '../types/chunk.ts'

/** What went wrong in code that nobody foresaw may hold anything: it is told to `onRunEnd` only. */
export function shownError(cause: unknown): ErrorInfo {
  const info = toErrorInfo(cause)
  return info.code === 'internal' ? { code: info.code, message: 'The answer failed' } : info
}
