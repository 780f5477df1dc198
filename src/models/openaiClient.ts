import { InvalidOptionError } from '../errors.ts'
import { defined } from '../internal/defined.ts'
import type { HttpExchange } from '../wire/httpExchange.ts'
import { type Dispatcher, pooledAgent } from '../wire/pooledAgent.ts'
import type { Service } from '../wire/providerErrors.ts'
import { createRedactor } from '../wire/redactor.ts'
import { sendRequest } from '../wire/sendRequest.ts'
import type { RequestHead, Target } from './requestHead.ts'

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

/** Sends requests of one kind. */
export interface OpenAIClient {
  readonly service: Service
  /** True when the server is OpenAI's or Azure's own, not one that copies the protocol. */
  readonly isOriginal: boolean
  /** @throws when the body cannot be made JSON. */
  send(body: object, exchange: HttpExchange): void
}

const openaiUrl = 'https://api.openai.com/v1'

/**
 * @param buildHead what all requests have in common; called with the first one, and again after it failed.
 *
 * @throws InvalidOptionError when the address, the key or a header cannot be used.
 */
export function createOpenAIClient(options: OpenAIConnection, buildHead: (target: Target) => RequestHead | Promise<RequestHead>): OpenAIClient {
  const { model, organization, project, headers = {} } = options
  if (model.trim() === '') throw new InvalidOptionError('Expected model to be the name of a model, got an empty text')
  const url = readBaseUrl(options.baseUrl ?? openaiUrl)
  const apiKey = readKey(options)
  const redactor = createRedactor([apiKey, ...[...Object.values(headers), ...url.searchParams.values()].filter(mayBeSecret)])
  const target: Target = {
    url,
    headers: defined({
      authorization: apiKey && `Bearer ${apiKey}`,
      'openai-organization': organization,
      'openai-project': project,
      ...readHeaders(headers),
    }),
  }
  // What it takes to send a request takes a tenth of a second or two to load, so it is loaded with the first one.
  const prepare = async () => {
    const [head, dispatcher] = await Promise.all([buildHead(target), options.dispatcher ?? pooledAgent()])
    return { head, dispatcher }
  }
  let prepared: ReturnType<typeof prepare> | undefined

  return {
    service: { origin: url.origin, model, hasKey: apiKey !== undefined, redactor },
    isOriginal: /(^|\.)(openai\.com|openai\.azure\.com|services\.ai\.azure\.com)$/.test(url.hostname),
    send(body, exchange) {
      const text = JSON.stringify(body)
      prepared ??= prepare().catch((error: unknown) => {
        // The next request may have more luck.
        prepared = undefined
        throw error
      })
      prepared.then(
        ({ head, dispatcher }) => sendRequest(dispatcher, { ...head, body: text }, exchange),
        (error: unknown) => exchange.onFailed(error),
      )
    },
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

/** Names in lower case, where the last of two that differ in nothing else counts. */
function readHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, given]) => {
      // As with keys: what comes from files often brings its line end along.
      const value = given.trim()
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new InvalidOptionError(`Expected names of headers to be letters, digits and hyphens, got ${JSON.stringify(name)}`)
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new InvalidOptionError(`Expected the header ${name} to be one line of Latin characters`)
      return [name.toLowerCase(), value]
    }),
  )
}
