import type { OpenAI } from 'openai'
import { InvalidOptionError } from '../errors.ts'
import type { HttpResponse } from '../wire/httpResponse.ts'
import { type Dispatcher, pooledAgent } from '../wire/pooledAgent.ts'
import type { Service } from '../wire/providerErrors.ts'
import { createRedactor } from '../wire/redactor.ts'
import { type HttpExchange, sendRequest } from '../wire/sendRequest.ts'

/** How to reach a service that speaks OpenAI's protocol. Nothing is read from the environment. */
export interface OpenAIConnection {
  readonly model: string
  /** Up to and with `/v1`; parameters after a `?` go with every request. Default: OpenAI's own. */
  readonly baseUrl?: string
  /** May be left out for a server that wants none, when `baseUrl` is given. */
  readonly apiKey?: string
  readonly organization?: string
  readonly project?: string
  /** Sent with every request, beside those that the protocol needs. */
  readonly headers?: Readonly<Record<string, string>>
  /** Where connections are kept and reused: an undici `Agent`, `ProxyAgent` or the like. Default: an `Agent` of its own. */
  readonly dispatcher?: Dispatcher
}

export interface OpenAIClient {
  readonly service: Service
  /** True when the server is OpenAI's or Azure's own, not one that copies the protocol. */
  readonly isOriginal: boolean
  /** Lets the SDK build and send one request; the response is ours to read. */
  send(ask: Ask, exchange: HttpExchange): Promise<HttpResponse>
}

/** Starts a call of the SDK. The options have to be passed on to it. */
export type Ask = (client: OpenAI, options: OpenAI.RequestOptions) => { asResponse(): Promise<Response> }

/** One call under way: goes through the SDK to our `fetch` inside the options of the request. */
interface Call extends HttpExchange {
  response?: HttpResponse
  failure?: unknown
}

const openaiUrl = 'https://api.openai.com/v1'
/** The longest that a timer can wait, 24 days: the SDK knows no "never". Time limits are the caller's. */
const never = 2_147_483_647

/** @throws InvalidOptionError when the address or the key cannot be used. */
export function createOpenAIClient(options: OpenAIConnection): OpenAIClient {
  const { model, organization = null, project = null, headers = {} } = options
  if (model.trim() === '') throw new InvalidOptionError('Expected model to be the name of a model, got an empty text')
  const url = readBaseUrl(options.baseUrl ?? openaiUrl)
  const apiKey = readKey(options)
  const redactor = createRedactor([apiKey, ...[...Object.values(headers), ...url.searchParams.values()].filter(mayBeSecret)])
  let loading: Promise<OpenAI> | undefined

  // Null takes a header out.
  const ownHeaders = {
    authorization: apiKey === undefined ? null : `Bearer ${apiKey}`,
    'openai-organization': organization,
    'openai-project': project,
    ...headers,
  }
  const ownNames = new Set(Object.keys(ownHeaders).map((name) => name.toLowerCase()))
  const mayBeSent = (name: string) => sdkHeaders.test(name) || ownNames.has(name)

  // The SDK and the transport take a tenth of a second each to load, so they are loaded with the first request.
  const load = async () => {
    const [{ OpenAI }, dispatcher] = await Promise.all([import('openai'), options.dispatcher ?? pooledAgent()])
    const client = new OpenAI({
      baseURL: url.origin + url.pathname,
      defaultQuery: Object.fromEntries(url.searchParams),
      // The SDK wants a key; the header goes when there is none.
      apiKey: apiKey ?? 'none',
      defaultHeaders: ownHeaders,
      // Explicit, so that the SDK does not read them from the environment.
      organization,
      project,
      adminAPIKey: null,
      webhookSecret: null,
      logLevel: 'off',
      maxRetries: 0,
      timeout: never,
      fetch: fetchOver(dispatcher, mayBeSent),
    })
    return client
  }

  return {
    service: { origin: url.origin, model, hasKey: apiKey !== undefined, redactor },
    isOriginal: /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(url.hostname),
    async send(ask, exchange) {
      loading ??= load()
      const client = await loading
      const call: Call = { ...exchange }
      try {
        await ask(client, { fetchOptions: { call } as NonNullable<OpenAI.RequestOptions['fetchOptions']> }).asResponse()
      } catch (error) {
        throw call.failure ?? error
      }
      if (!call.response) throw new Error('The request was not sent')
      return call.response
    },
  }
}

/** What the SDK sends of its own. It also takes headers from OPENAI_CUSTOM_HEADERS, which may be meant for another server. */
const sdkHeaders = /^(accept|content-type|user-agent|x-stainless-.*)$/

/**
 * A `fetch` for the SDK that sends through our own transport. The SDK gets an empty response back, whatever came:
 * status, headers and body are for us to read.
 */
function fetchOver(dispatcher: Dispatcher, mayBeSent: (name: string) => boolean): typeof fetch {
  return async (input, init) => {
    const { call } = init as RequestInit & { readonly call: Call }
    const { method, headers, body } = init ?? {}
    const request = {
      url: input instanceof Request ? input.url : String(input),
      method: method ?? 'POST',
      headers: Object.fromEntries([...new Headers(headers)].filter(([name]) => mayBeSent(name))),
      body: typeof body === 'string' ? body : '',
    }
    try {
      call.response = await sendRequest(dispatcher, request, call)
    } catch (error) {
      // The SDK wraps what it catches, and looks into it for words such as "timeout".
      call.failure = error
      throw error
    }
    return new Response(null)
  }
}

/** Short ones are words such as `true`, and would be taken out of every message. */
function mayBeSecret(value: string): boolean {
  return value.length >= 8
}

function readBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOptionError('Expected baseUrl to be an http or https address such as http://localhost:11434/v1')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOptionError('Expected baseUrl without user name and password: give them as apiKey or in headers')
  }
  return url
}

function readKey({ apiKey = '', baseUrl }: OpenAIConnection): string | undefined {
  // Keys that come from files often bring their line end along.
  const key = apiKey.trim()
  if (!/^[\x21-\x7e]*$/.test(key)) throw new InvalidOptionError('Expected apiKey to be printable ASCII characters without blanks')
  if (key !== '') return key
  if (baseUrl !== undefined) return undefined
  throw new InvalidOptionError('Expected apiKey, or the baseUrl of a server that needs none')
}
