import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { operations } from '../../src/server/operations.ts'
import { routes } from '../../src/server/routes.ts'
import { get, handlerOf, post } from './asking.ts'

interface Described {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: { readonly type: string } }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>>
}

const described = async () => (await (await handlerOf({ modes: ['compact'] }).fetch(get('/openapi.json'))).json()) as Described

describe('GET /openapi.json', () => {
  it.each(routes.map(({ method, path }) => [method, path]))('describes %s %s', async (method = '', path = '') => {
    const operation = (await described()).paths[path]?.[method.toLowerCase()]
    expect(operation?.summary).toEqual(expect.any(String))
    expect(Object.keys(operations({ model: 'm', modes: [] }))).toContain(`${method} ${path}`)
  })

  it('is valid by the schema of OpenAPI', async () => {
    const validator = new Validator()
    const specification: Record<string, unknown> = { ...(await described()) }
    expect(await validator.validate(specification)).toEqual({ valid: true })
    expect(validator.version).toBe('3.1')
    expect(await new Validator().validate({ ...specification, paths: { '/a': { get: { responses: [] } } } })).toMatchObject({ valid: false })
  })

  it('describes nothing that is not there', async () => {
    const { paths } = await described()
    const there = new Set(routes.map(({ method, path }) => `${method} ${path}`))
    const named = Object.entries(paths).flatMap(([path, of]) => Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`))
    expect(named.filter((name) => !there.has(name))).toEqual([])
    expect(Object.keys(operations({ model: 'm', modes: [] })).filter((name) => !there.has(name))).toEqual([])
  })

  it('is OpenAPI 3.1: ids are unique, path parameters named and required, responses described, references lead somewhere', async () => {
    const document = await described()
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: 'Riffle', version: '1' })
    const all = Object.entries(document.paths).flatMap(([path, of]) => Object.values(of).map((operation) => ({ path, operation })))
    const ids = all.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { path, operation } of all) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const { parameters = [], responses } = operation
      expect(parameters.filter((one) => one.in === 'path' && one.required).map(({ name }) => name)).toEqual(wanted)
      for (const one of parameters) expect([one.in, one.schema.type].join()).toMatch(/^(path|query|header),(string|integer|number)$/)
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/)
        expect(description).not.toBe('')
        for (const type of Object.keys(content ?? {})) expect(type).toMatch(/^[a-z]+\/[a-z.-]+$/)
      }
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '')
    expect(references.length).toBeGreaterThan(0)
    expect(references.filter((name) => document.components.schemas[name] === undefined)).toEqual([])
  })

  it('names the modes that are offered, and the bounds that hold', async () => {
    const served = handlerOf({ modes: ['compact'] })
    const { paths } = await described()
    const schema = paths['/v1/answers']?.['post']?.requestBody?.content['application/json']?.schema as { properties: Record<string, { enum?: string[]; maximum?: number }> }
    expect(schema.properties['mode']?.enum).toEqual(['compact'])
    for (const name of ['top_k', 'temperature', 'max_output_tokens']) {
      const most = schema.properties[name]!.maximum!
      expect((await served.fetch(post('/v1/answers', { question: 'a', [name]: most }))).status).toBe(200)
      expect((await served.fetch(post('/v1/answers', { question: 'a', [name]: most + 1 }))).status).toBe(400)
    }
  })
})
