import type { OpenAI } from 'openai'
import type { RequestHead, Target } from './requestHead.ts'

/** The longest that a timer can wait, 24 days: the SDK knows no "never". Time limits are the caller's. */
const never = 2_147_483_647

/** What the SDK sends of its own. It also takes headers from OPENAI_CUSTOM_HEADERS, which may be meant for another server. */
const sdkHeaders = /^(accept|content-type|user-agent|x-stainless-.*)$/

/**
 * The head that the `openai` SDK builds: address, parameters, headers. It is asked once; that of all other requests is the same.
 *
 * @param ask starts a call of the SDK.
 */
export async function sdkHead(ask: (sdk: OpenAI) => { asResponse(): Promise<unknown> }, { url, headers }: Target): Promise<RequestHead> {
  const { OpenAI } = await import('openai')
  let head: RequestHead | undefined
  const sdk = new OpenAI({
    baseURL: url.origin + url.pathname,
    defaultQuery: Object.fromEntries(url.searchParams),
    // The SDK wants a key; null takes its header out where there is none.
    apiKey: 'none',
    defaultHeaders: { authorization: null, ...headers },
    // Explicit, so that the SDK does not read them from the environment.
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: never,
    fetch: async (input, init = {}) => {
      const sent = [...new Headers(init.headers)].filter(([name]) => sdkHeaders.test(name) || name in headers)
      const { origin, pathname, search } = new URL(input instanceof Request ? input.url : String(input))
      head = { origin, path: pathname + search, method: init.method ?? 'POST', headers: Object.fromEntries(sent) }
      return new Response(null)
    },
  })
  await ask(sdk).asResponse()
  if (!head) throw new Error('The request was not built')
  return head
}
