import { type Incoming, RequestError } from './incoming.ts'

/** A JSON type is asked for, so that a form of another site's page cannot post here. */
export async function readBody(incoming: Incoming, maxBytes: number): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(incoming.header('content-type') ?? '')) {
    throw new RequestError(415, 'content-type', 'Expected content-type: application/json')
  }
  const text = await incoming.text(maxBytes)
  let value: unknown
  try {
    value = JSON.parse(text, (name: string, item: unknown) => (name === '__proto__' ? undefined : item))
  } catch {
    throw new RequestError(400, 'bad-json', 'The body of the request is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestError(400, 'bad-json', 'Expected the body to be a JSON object')
  return value as Readonly<Record<string, unknown>>
}
