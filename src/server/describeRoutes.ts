import type { Route } from './route.ts'
import { type Operation, operations } from './operations.ts'

type Fields = Readonly<Record<string, unknown>>

const answered = { error: { type: 'object', required: ['message'], properties: { code: { type: 'string' }, message: { type: 'string' } } } }
const meanings: Readonly<Record<number, string>> = {
  200: 'The reply, or a stream of it', 202: 'It is being stopped', 204: 'All was seen already; nothing follows', 400: 'Something in the request cannot be understood', 401: 'A token is needed',
  403: 'Another host or origin', 404: 'There is no such run', 409: 'The event id is of another run', 410: 'What follows is no longer kept', 413: 'Too large',
  415: 'Not JSON', 429: 'The budget of the day is spent', 502: 'The model failed before its first text', 503: 'All places are taken, or not ready',
}

/** OpenAPI 3.1 of these routes. Routes that are not described are left out; a test finds them. */
export function describeRoutes(routes: readonly Route[], served: { readonly model: string; readonly modes: readonly string[] }): Fields {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { method, path } of routes) {
    const operation = operations(served)[`${method} ${path}`]
    if (operation !== undefined) (paths[path] ??= {})[method.toLowerCase()] = operationObject(`${method} ${path}`, operation)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Riffle', version: '1', description: 'Streaming answers over one’s own documents.' },
    security: [{}, { bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: { type: 'object', required: ['error'], properties: answered } },
    },
  }
}

function operationObject(key: string, { summary, query = {}, body, types, statuses }: Operation): Fields {
  const run = key.includes('{run}') ? [{ name: 'run', in: 'path', required: true, schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } }] : []
  const parameters = [...run, ...Object.entries(query).map(([name, { required = false, header = false, ...schema }]) => ({ name, in: header ? 'header' : 'query', required, schema }))]
  return {
    operationId: key.replaceAll(/[^A-Za-z]+/g, '_').replace(/_$/, '').toLowerCase(),
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: Object.fromEntries([...new Set([...statuses, 401, 403])].map((status) => [String(status), response(status, types)])),
  }
}

function response(status: number, types: readonly string[]): Fields {
  const description = meanings[status] ?? 'See the message'
  if (status === 202 || status === 204) return { description }
  if (status >= 400) return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
  return { description, content: Object.fromEntries(types.map((type) => [type, { schema: { type: type.includes('json') && !type.includes('ndjson') ? 'object' : 'string' } }])) }
}
