import type { OpenAI } from 'openai'
import { InvalidOptionError } from '../errors.ts'
import type { HttpResponse } from '../wire/httpResponse.ts'
import { type Dispatcher, pooledAgent } from '../wire/pooledAgent.ts'
import type { Service } from '../wire/providerErrors.ts'
import { createRedactor } from '../wire/redactor.ts'
import { type HttpExchange, type HttpRequest, sendRequest } from '../wire/sendRequest.ts'

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

/** Sends requests with bodies of one kind. */
export interface OpenAIClient<B> {
  readonly service: Service
  /** True when the server is OpenAI's or Azure's own, not one that copies the protocol. */
  readonly isOriginal: boolean
  /** Resolves at the headers of the response. */
  send(body: B, exchange: HttpExchange): Promise<HttpResponse>
}

/** Starts a call of the SDK. */
export type Ask<B> = (sdk: OpenAI, body: B) => { asResponse(): Promise<unknown> }

const openaiUrl = 'https://api.openai.com/v1'
/** The longest that a timer can wait, 24 days: the SDK knows no "never". Time limits are the caller's. */
const never = 2_147_483_647

/**
 * The SDK builds the first request: address, parameters, headers. All others are equal to it but for their body, which the SDK
 * would write as we do; so it is not asked again, for it takes as long as the rest of a request.
 *
 * @throws InvalidOptionError when the address or the key cannot be used.
 */
export function createOpenAIClient<B extends object>(options: OpenAIConnection, ask: Ask<B>): OpenAIClient<B> {
  const { model, organization = null, project = null, headers = {} } = options
  if (model.trim() === '') throw new InvalidOptionError('Expected model to be the name of a model, got an empty text')
  const url = readBaseUrl(options.baseUrl ?? openaiUrl)
  const apiKey = readKey(options)
  const redactor = createRedactor([apiKey, ...[...Object.values(headers), ...url.searchParams.values()].filter(mayBeSecret)])
  let built: ReturnType<typeof build> | undefined

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
  const build = async (body: B) => {
    const [{ OpenAI }, dispatcher] = await Promise.all([import('openai'), options.dispatcher ?? pooledAgent()])
    let head: RequestHead | undefined
    const sdk = new OpenAI({
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
      fetch: async (input, init) => {
        head = headOf(input, init, mayBeSent)
        return new Response(null)
      },
    })
    await ask(sdk, body).asResponse()
    if (!head) throw new Error('The request was not built')
    return { dispatcher, head }
  }

  return {
    service: { origin: url.origin, model, hasKey: apiKey !== undefined, redactor },
    isOriginal: /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(url.hostname),
    async send(body, exchange) {
      const text = JSON.stringify(body)
      built ??= build(body).catch((error: unknown) => {
        // The next request may have more luck.
        built = undefined
        throw error
      })
      const { dispatcher, head } = await built
      return sendRequest(dispatcher, { ...head, body: text }, exchange)
    },
  }
}

/** What all requests have in common. */
type RequestHead = Omit<HttpRequest, 'body'>

/** What the SDK sends of its own. It also takes headers from OPENAI_CUSTOM_HEADERS, which may be meant for another server. */
const sdkHeaders = /^(accept|content-type|user-agent|x-stainless-.*)$/

function headOf(input: string | URL | Request, init: RequestInit = {}, mayBeSent: (name: string) => boolean): RequestHead {
  return {
    url: input instanceof Request ? input.url : String(input),
    method: init.method ?? 'POST',
    headers: Object.fromEntries([...new Headers(init.headers)].filter(([name]) => mayBeSent(name))),
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
