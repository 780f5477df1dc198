import { timingSafeEqual } from 'node:crypto'
import { pageFiles } from './pageFiles.ts'
import { type Incoming, RequestError } from './incoming.ts'

export interface GuardOptions {
  /**
   * Names under which the server may be asked, without port; `any` when something in front of it checks. Default: those of
   * loopback, so that a page of another site whose name is made to point here cannot read an answer.
   */
  readonly hosts?: readonly string[] | 'any'
  /** Wanted as `Authorization: Bearer …`, or as `access_token` in the query where a client cannot send headers. Default: none. */
  readonly token?: string
  /** Other sites whose pages may ask, exactly as a browser sends them: `https://example.com`. Default: none. */
  readonly origins?: readonly string[]
}

/** Asked by what watches over processes, and the page, which asks for the token; they tell nothing. */
const openPaths = new Set(['/healthz', '/readyz', ...Object.keys(pageFiles)])

/** Checks a request before anything else looks at it. Returns the headers that every reply to it has. */
export function createGuard({ hosts = [], token, origins = [] }: GuardOptions): (incoming: Incoming) => Readonly<Record<string, string>> {
  const isAllowedHost = (name: string) => hosts === 'any' || isLoopback(name) || hosts.includes(name)

  return (incoming) => {
    const host = hostOf(incoming.header('host'))
    if (host === undefined || !isAllowedHost(host.name)) {
      throw new RequestError(403, 'host', 'This server answers only under its own names; give others with --host-name')
    }
    const origin = incoming.header('origin')
    const isForeign = origin !== undefined && !isSameHost(origin, host)
    if (isForeign && !origins.includes(origin)) throw new RequestError(403, 'origin', 'Pages of other sites may not ask this server')
    if (token !== undefined && incoming.method !== 'OPTIONS' && !openPaths.has(incoming.url.pathname) && !hasToken(incoming, token)) {
      throw new RequestError(401, 'token', 'A token is needed: Authorization: Bearer …', { 'www-authenticate': 'Bearer' })
    }
    return isForeign ? corsHeaders(origin) : {}
  }
}

interface Host {
  readonly name: string
  readonly port: string
}

/** Undefined for what is no host: several, empty, with a path or a user. */
function hostOf(value: string | undefined): Host | undefined {
  const [, name, port = ''] = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?$/.exec(value ?? '') ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), port }
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
}

function isSameHost(origin: string, { name, port }: Host): boolean {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname === name && (url.port === port || (port === '' && url.port === ''))
}

function hasToken(incoming: Incoming, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(incoming.header('authorization') ?? '')?.[1] ?? incoming.url.searchParams.get('access_token') ?? ''
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type, last-event-id',
    'access-control-expose-headers': 'x-riffle-run, x-request-id',
    vary: 'origin',
  }
}
