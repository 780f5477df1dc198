import { OverflowError, ProviderError, type ProviderErrorDetail, RagError, TruncatedError } from '../errors.ts'
import { readErrorBody } from './errorBody.ts'
import { asObject, asText, parseJson } from './json.ts'
import type { HttpResponse } from './httpResponse.ts'
import { readBeginning } from './readBody.ts'
import type { Redactor } from './redactor.ts'
import { readRetryAfter } from './retryAfter.ts'
import { ConnectionError } from './sendRequest.ts'

/** What the errors of one service say about it. */
export interface Service {
  /** Scheme, host and port: what of its address may be shown. */
  readonly origin: string
  readonly model: string
  readonly hasKey: boolean
  readonly redactor: Redactor
}

/** The error for a response whose status is not 2xx. Reads what the body says about it. */
export async function errorOfResponse(response: HttpResponse, service: Service): Promise<ProviderError> {
  const { status, headers } = response
  const text = await readBeginning(response, 65_536)
  const value = parseJson(text)
  const body = readErrorBody(value) ?? { message: asText(asObject(value)?.['message']) ?? '', kind: '' }
  const quota = body.kind === 'insufficient_quota'
  const said = body.message === '' ? '' : `: ${body.message}`
  const retryAfterMs = readRetryAfter(headers)
  return new ProviderError(quota ? 'quota-exceeded' : codeOf(status), `${adviceFor(status, quota, service)}${said}`, {
    status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    // Waiting does not fill an account.
    ...(quota && { retryable: false }),
  })
}

const codes: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [408, 'timeout'],
  [413, 'too-large'],
  [429, 'rate-limited'],
])

function codeOf(status: number): string {
  if (status >= 500) return 'server-error'
  if (status < 400) return 'redirected'
  return codes.get(status) ?? 'bad-request'
}

function adviceFor(status: number, quota: boolean, { origin, model, hasKey }: Service): string {
  if (quota) return `${origin} reports that the account's quota is used up (${status})`
  if (status === 401) {
    return hasKey
      ? `${origin} refused the API key (401): check that the key is right and belongs to this service`
      : `${origin} wants an API key (401): give one as apiKey, or in OPENAI_API_KEY for the command`
  }
  if (status === 403) return `${origin} does not allow this key to use ${model} (403)`
  if (status === 404) return `${origin} knows no model ${model}, or the base URL is wrong (404); base URLs mostly end in /v1`
  if (status === 429) return `${origin} asks to send fewer requests (429)`
  if (status < 400) return `${origin} answered with a redirect (${status}): use the address it points to as base URL`
  return `${origin} answered with status ${status}`
}

const lost = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** The error for a request that failed in the network. A body that broke off is a cut answer. */
export function errorOfConnection(error: ConnectionError, { origin }: Service): ProviderError {
  const code = codeOfCause(error)
  const named = code === '' ? '' : ` (${code})`
  const detail = { phase: error.phase, cause: new Error(error.message), retryable: true }
  if (error.phase === 'body') return new TruncatedError(`The connection to ${origin} broke off in the middle of the answer${named}`, detail)
  if (error.phase === 'headers') {
    const what = lost.has(code) ? 'closed the connection before it answered' : 'failed before it answered'
    return new ProviderError('connection-lost', `${origin} ${what}${named}`, detail)
  }
  const certificate = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code)
  const isPlain = /WRONG_VERSION_NUMBER/.test(code)
  const advice = isPlain ? 'it does not speak TLS; is its address http, not https?' : certificate ? 'its certificate is not trusted' : 'is the server running, and the base URL right?'
  return new ProviderError('connect', `Cannot reach ${origin}${named}: ${advice}`, { ...detail, retryable: !certificate })
}

/** The system's name of the failure; with several addresses that of the first one tried. */
function codeOfCause({ cause }: ConnectionError): string {
  const inner = cause instanceof AggregateError ? cause.errors.map(codeIn).find((code) => code !== undefined) : undefined
  return codeIn(cause) ?? inner ?? ''
}

function codeIn(value: unknown): string | undefined {
  return asText((value as { readonly code?: unknown } | null | undefined)?.code)
}

/**
 * The error as it leaves an adapter: one line without secrets, with all that is known of the call.
 * Our own errors that are not about the service pass as they are.
 */
export function finishedError(error: unknown, service: Service, known: ProviderErrorDetail): RagError {
  if (error instanceof OverflowError) return new OverflowError(error.message, error.limit, error.unit, { ...known, ...error.detail })
  if (error instanceof RagError && !(error instanceof ProviderError)) return error
  const provider =
    error instanceof ProviderError ? error
    : error instanceof ConnectionError ? errorOfConnection(error, service)
    : new ProviderError('request-failed', `The request to ${service.origin} failed: ${messageOf(error)}`)
  const message = service.redactor.line(provider.message)
  const detail = { ...known, ...provider.detail, ...safeCause(provider.cause, service.redactor), retryable: provider.retryable }
  return provider instanceof TruncatedError ? new TruncatedError(message, detail) : new ProviderError(provider.code, message, detail)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Errors of libraries may carry the bytes that they choked on, headers with the key, and more: only the message stays. */
function safeCause(cause: unknown, redactor: Redactor): { readonly cause?: Error } {
  return cause instanceof Error ? { cause: new Error(redactor.line(cause.message)) } : {}
}
