import { type Incoming, RequestError } from './incoming.ts'

const maxDepth = 64

/** A JSON type is asked for, so that a form of another site's page cannot post here. */
export async function readBody(incoming: Incoming, maxBytes: number): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(incoming.header('content-type') ?? '')) {
    throw new RequestError(415, 'content-type', 'Expected content-type: application/json')
  }
  if (!/^(identity)?$/i.test(incoming.header('content-encoding') ?? '')) throw new RequestError(415, 'content-encoding', 'Expected a body that is not compressed')
  return parseFields(await incoming.text(maxBytes))
}

/** A JSON object that a client sent. Fails with `RequestError`; one that is nested deep would keep all others waiting. */
export function parseFields(text: string): Readonly<Record<string, unknown>> {
  if (depthOf(text) > maxDepth) throw new RequestError(400, 'too-deep', `The JSON of the request is nested more than ${maxDepth} deep`)
  let value: unknown
  try {
    value = JSON.parse(text, (name: string, item: unknown) => (name === '__proto__' ? undefined : item))
  } catch {
    throw new RequestError(400, 'bad-json', 'The request is no JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestError(400, 'bad-json', 'Expected a JSON object')
  return value as Readonly<Record<string, unknown>>
}

/** Found before anything recurses into it. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  let inText = false
  for (let at = 0; at < json.length; at++) {
    const sign = json[at]
    if (inText) {
      if (sign === '\\') at++
      else if (sign === '"') inText = false
    } else if (sign === '"') inText = true
    else if (sign === '{' || sign === '[') deepest = Math.max(deepest, ++depth)
    else if (sign === '}' || sign === ']') depth--
  }
  return deepest
}
