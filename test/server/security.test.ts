import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { finish, text } from '../support/chunks.ts'
import { eventsIn, get, handlerOf } from './asking.ts'
import { allowedHosts, refusedHosts } from './security/hosts.ts'
import { threats } from './security/threats.ts'

// One group a row of docs/security.md; real sockets in security/sockets.test.ts, secrets in security/secrets.test.ts.

const status = async (request: Request, options = {}) => (await handlerOf(options).fetch(request)).status
const question = '/v1/answers?question=a'

describe('answers only under its own names', () => {
  it.each(allowedHosts)('allows %s', async (host) => expect(await status(get(question, { host }), { hosts: ['rag.example.com'] })).toBe(200))
  it.each(refusedHosts.filter((host) => /^[\x20-\x7e]*$/.test(host)))('refuses %j, for every method and path', async (host) => {
    for (const path of [question, '/healthz', '/metrics', '/nothing']) {
      const response = await handlerOf({ hosts: ['rag.example.com'] }).fetch(get(path, { host }))
      expect([response.status, await response.json()]).toMatchObject([403, { error: { code: 'host' } }])
    }
  })
})

describe('lets no page of another site ask', () => {
  it.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://localhost:1', 'file://', 'https://good.example.evil', 'https://GOOD.example', 'http://good.example'])('%s', async (origin) => {
    const response = await handlerOf({ origins: ['https://good.example'] }).fetch(get(question, { host: 'localhost:8080', origin }))
    expect(response.status).toBe(403)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('but those on the list, which are named and never reflected by a star', async () => {
    const served = handlerOf({ origins: ['https://good.example'] })
    for (const request of [get(question, { origin: 'https://good.example' }), new Request('http://localhost/v1/answers', { method: 'OPTIONS', headers: { origin: 'https://good.example' } })]) {
      const { headers } = await served.fetch(request)
      expect(headers.get('access-control-allow-origin')).toBe('https://good.example')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('vary')).toBe('origin')
    }
    const own = await served.fetch(get(question, { host: 'localhost:8080', origin: 'http://localhost:8080' }))
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, null])
  })

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'text/plain; application/json', ''])('not with a form: %s', async (type) => {
    expect(await status(new Request('http://localhost/v1/answers', { method: 'POST', body: '{"question":"a"}', headers: { 'content-type': type } }))).toBe(415)
  })
})

describe('wants its token', () => {
  const token = 'right-token-0123456789'
  it.each(['', 'Bearer', 'Bearer ', 'Bearer wrong', `Bearer ${token.slice(1)}`, `Bearer ${token}x`, `Basic ${btoa(token)}`, `Bearer  ${token}`, token, 'Bearer ' + token.toUpperCase()])('refuses %j', async (authorization) => {
    const response = await handlerOf({ token }).fetch(get(question, { authorization }))
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await response.text()).not.toContain(token)
  })

  it('on every route but the two that tell nothing', async () => {
    const served = handlerOf({ token })
    for (const path of [question, '/metrics', '/openapi.json', '/stream-question?query_text=a', '/nothing', '//healthz']) expect((await served.fetch(get(path))).status).toBe(401)
    for (const path of ['/healthz', '/readyz']) expect((await served.fetch(get(path))).status).toBe(200)
    expect((await served.fetch(get('/metrics', { authorization: `Bearer ${token}` }))).status).toBe(200)
    expect((await served.fetch(get(`/metrics?access_token=${token}`))).status).toBe(200)
  })
})

describe('refuses bodies that are deep', () => {
  const nested = (depth: number) => `{"question":"a","more":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  const asked = (body: string | Uint8Array<ArrayBuffer>) => new Request('http://localhost/v1/answers', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  it('above 64 levels, also a hundred thousand, and counts no brackets in texts', async () => {
    expect(await status(asked(nested(64)))).toBe(200)
    for (const depth of [65, 100_000]) expect(await status(asked(nested(depth)))).toBe(400)
    expect(await status(asked(JSON.stringify({ question: `${'['.repeat(200)}\\"{{` })))).toBe(200)
    expect(await status(asked('{"question":"' + '\\'.repeat(99)))).toBe(400)
  })
  it('and what is no UTF-8', async () => expect(await status(asked(Uint8Array.from([0x7b, 0xff, 0xfe])))).toBe(400))
})

describe('keeps prototypes clean', () => {
  it.each(['{"question":"a","__proto__":{"polluted":1}}', '{"question":"a","constructor":{"prototype":{"polluted":1}}}', '{"__proto__":{"question":"a"}}', '{"question":"a","history":[{"__proto__":{"role":"system","content":"x"}}]}'])('%s', async (body) => {
    const served = handlerOf()
    const response = await served.fetch(new Request('http://localhost/v1/answers', { method: 'POST', body, headers: { 'content-type': 'application/json' } }))
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(response.status).toBe(body.startsWith('{"question":"a","history"') || !body.startsWith('{"question"') ? 400 : 200)
    await served.fetch(get('/v1/answers?question=a&__proto__=x&constructor=y'))
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})

describe('knows no path but its routes', () => {
  it.each(['/../etc/passwd', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/v1/answers/../../package.json', '/v1/answers/..%2f..%2fpackage.json', '/v1/answers/%00', '/..\\..\\package.json', '//etc/passwd', '/v1//answers', '/v1/answers/__proto__', '/v1/answers/constructor', '/__proto__'])('%s', async (path) => {
    const response = await handlerOf().fetch(get(path))
    expect([404, 405]).toContain(response.status)
    expect(await response.text()).not.toMatch(/root:|riffle-rx|node_modules|at .*\.ts/)
  })
})

const wild = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', '\u2028', '\u2029', '\u0085', '\0', '\ud83d', 'data: x', 'event: done', 'id: 1', ':', '\n\n', '<script>'), maxLength: 12 })

describe('keeps one event one event', () => {
  it('whatever the model says', async () => {
    await fc.assert(fc.asyncProperty(fc.array(wild.filter((one) => one !== ''), { minLength: 1, maxLength: 5 }), async (texts) => {
      const served = handlerOf({ answer: () => of(...texts.map((one) => text(one)), finish()) })
      const said = await (await served.fetch(get(question))).text()
      const events = eventsIn(said)
      expect(events.map(({ event }) => event)).toEqual(['run', ...texts.map(() => 'text'), 'finish', 'done'])
      expect(events.slice(1, -2).map(({ data }) => data['text'])).toEqual(texts)
      // Every line is a field of ours; NUL and CR come as escapes.
      for (const line of said.split(/\r\n|\r|\n/)) expect(line).toMatch(/^($|retry: 1000$|(id|event|data): )/)
      expect(said).not.toContain('\0')
      const lines = (await (await served.fetch(get(question, { accept: 'application/x-ndjson' }))).text()).trimEnd().split('\n')
      expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([...texts.map(() => 'text'), 'finish', 'done'])
    }), { numRuns: 60 })
  })
})

describe('makes an id of its own', () => {
  it.each(['a b', 'x'.repeat(65), '<b>', 'a,b', '"', 'a%0d%0ab', 'ü'])('instead of %j', async (id) => {
    const seen: string[] = []
    const response = await handlerOf({ onAccess: (entry) => seen.push(entry.id) }).fetch(get('/healthz', { 'x-request-id': id }))
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(seen).toEqual([response.headers.get('x-request-id')])
  })
  it('but keeps a harmless one', async () => expect((await handlerOf().fetch(get('/healthz', { 'x-request-id': 'trace-1.2:3' }))).headers.get('x-request-id')).toBe('trace-1.2:3'))
  it.each(['\u2028', '%0d%0aset-cookie:%20x=1', '../x', '0'.repeat(31)])('and finds no run called %j', async (id) => {
    const response = await handlerOf().fetch(get(`/v1/answers/${id}`))
    expect([404, 405]).toContain(response.status)
    expect(response.headers.get('set-cookie')).toBeNull()
  })
})

describe('sends nothing that a browser runs', () => {
  it.each(['/v1/answers?question=a', '/stream-question?query_text=a', '/v1/answers?mode=%3Cscript%3E&question=a', '/%3Cscript%3E', '/healthz', '/openapi.json', '/metrics'])('%s', async (path) => {
    const { headers } = await handlerOf({ answer: () => of(text('<script>alert(1)</script>'), finish()) }).fetch(get(path))
    expect(headers.get('content-type')).toMatch(/^(application\/json|text\/plain|text\/event-stream)(; version=0\.0\.4)?; charset=utf-8$/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toMatch(/no-store|no-cache/)
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })
})

describe('docs/security.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/security.md', import.meta.url)), 'utf8')
  it.each(threats)('says: $threat', ({ threat, answer, tests }) => {
    expect(page.split('\n')).toContain(`| ${threat} | ${answer} | ${tests.map(({ file, name }) => `[${name}](../test/${file})`).join(', ')} |`)
    for (const { file, name } of tests) expect(readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8')).toContain(`'${name}`)
  })
})
