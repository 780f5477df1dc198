import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { pageFiles } from '../../src/server/pageFiles.ts'
import { buildCommand } from '../support/runRiffle.ts'
import { get, handlerOf, post } from './asking.ts'

beforeAll(buildCommand)

const paths = Object.keys(pageFiles)
const read = async (path: string) => (await handlerOf({ page: true }).fetch(get(path))).text()

describe('the page', () => {
  it('is small: 44 kB, 17 kB compressed', async () => {
    const files = await Promise.all(paths.map(read))
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)
    expect(sum(files.map((file) => Buffer.byteLength(file)))).toBeLessThan(44_000)
    expect(sum(files.map((file) => gzipSync(file).length))).toBeLessThan(17_000)
  })

  it('needs nothing from elsewhere, and has no script or style inside', async () => {
    const [html = '', ...others] = await Promise.all(paths.map(read))
    expect(html).not.toMatch(/<style|<script(?! type="module" src="page\.js">)|\son\w+=|\sstyle=/)
    expect(Array.from(html.matchAll(/\b(?:src|href)="(?!#)([^"]*)"/g), ([, address]) => `/${address}`).toSorted()).toEqual(paths.filter((path) => path !== '/').toSorted())
    for (const file of [html, ...others]) expect(file.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/\b(?:https?:)?\/\/[\w-]+\.\w|url\(|@import|sourceMappingURL/)
  })

  it.each(paths)('serves %s with a strict policy, without a token', async (path) => {
    const response = await handlerOf({ page: true, token: 'a-token-of-sixteen' }).fetch(get(path))
    const policy = response.headers.get('content-security-policy')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, pageFiles[path]?.type])
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'; require-trusted-types-for 'script'")
    expect(policy).not.toMatch(/unsafe|\*|data:|https?:/)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect((await handlerOf({ page: true }).fetch(get(path, { host: 'evil.example' }))).status).toBe(403)
  })

  it('is not there unless it is asked for, and is only read', async () => {
    for (const path of paths) expect((await handlerOf().fetch(get(path))).status).toBe(404)
    expect((await handlerOf({ page: true }).fetch(post('/', {}))).status).toBe(405)
    for (const path of ['/index.html', '/main.ts', '/page.js/', '/page.js.map', '//page.js', '/page.js%00', '/../page.js/..']) {
      const response = await handlerOf({ page: true }).fetch(get(path))
      expect([path, [200, 404].includes(response.status)]).toEqual([path, true])
      if (response.status === 200) expect(['/page.js/', '/../page.js/..']).toContain(path)
    }
  })

  it('learns from /v1/models what tokens cost', async () => {
    const price = { input: 2, output: 8 }
    const { data } = (await (await handlerOf({ price }).fetch(get('/v1/models'))).json()) as { data: object[] }
    expect(data[0]).toMatchObject({ id: 'riffle', riffle: { price } })
  })
})
