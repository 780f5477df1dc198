import { ProviderError } from '../errors.ts'

/** Whether a service found fault with what it was sent: too much of it, too long, or not to the liking of a filter. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ProviderError && [400, 413, 422].includes(error.status ?? 0)
}
