import { asArray, asObject, asText, type JsonObject } from './json.ts'

/** What a server said about a failure, in any of the shapes in use. */
export interface ErrorBody {
  /** As the server gave it, so not yet fit to be shown; empty when it gave no text. */
  readonly message: string
  /** The server's own name for the failure, such as `insufficient_quota`. */
  readonly kind: string
  readonly status?: number
}

/**
 * Reads `{"error": {"message", "type", "code"}}`, `{"error": "text"}`, `{"object": "error", "message"}`,
 * `{"detail": "text"}` and a list of one of these. Undefined when the value is none of them: not an error.
 */
export function readErrorBody(value: unknown): ErrorBody | undefined {
  const body = asObject(Array.isArray(value) ? value[0] : value)
  if (!body) return undefined
  const { error } = body
  if (typeof error === 'string') return describe({ ...body, message: error })
  const nested = asObject(error)
  if (nested && Object.keys(nested).length > 0) return describe({ ...nested, message: nested['message'] ?? body['message'] })
  if (body['object'] === 'error' || body['type'] === 'error') return describe(body)
  if (body['detail'] !== undefined) return describe({ message: detailText(body['detail']) })
  return undefined
}

function describe(body: JsonObject): ErrorBody {
  const kind = asText(body['code']) ?? asText(body['type']) ?? asText(body['error_type']) ?? ''
  const status = [body['status_code'], body['status'], body['code']].map(Number).find(isErrorStatus)
  const message = asText(body['message']) ?? ''
  return { message, kind, ...(status !== undefined && { status }) }
}

/** FastAPI servers give a text or a list of `{"msg", "loc"}`. */
function detailText(detail: unknown): string {
  if (typeof detail === 'string') return detail
  return asArray(detail).map((item) => asText(asObject(item)?.['msg']) ?? '').filter((text) => text !== '').join('; ')
}

function isErrorStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 400 && status <= 599
}
