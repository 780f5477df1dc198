import { lastValueFrom } from 'rxjs'
import type { Passage } from '../../types/document.ts'
import { RequestError } from '../incoming.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'

const defaultAround = 12
const maxAround = 50
const maxPlace = 1e9

/** `GET /v1/passages?id=…`: a passage among those around it in its document. The id is looked up in the index and is never a path. */
export const passages: Route = {
  method: 'GET',
  path: '/v1/passages',
  reply: async ({ url: { searchParams } }, context) => {
    const { documentId, place } = readId(searchParams.get('id') ?? '')
    const around = readAround(searchParams.get('around'))
    const places = { from: Math.max(0, place - around), to: place + around + 1 }
    const found = context.passages === undefined ? [] : await lastValueFrom(context.passages(documentId, places), { defaultValue: [] })
    const id = `${documentId}#${place}`
    const passage = found.find((one) => one.id === id)
    if (passage === undefined) throw new RequestError(404, 'no-passage', 'There is no such passage in the index')
    const isBehind = (one: Passage) => one.id === `${documentId}#${places.to}`
    return json(200, {
      id,
      documentId,
      title: passage.title,
      // An address of the web is for everybody; that of a file tells how the disk is laid out.
      uri: /^https?:/i.test(passage.uri ?? '') ? passage.uri : undefined,
      passages: found.filter((one) => !isBehind(one)).map(({ id: own, text, start, end, headings, line, page }) => ({ id: own, text, start, end, headings, line, page })),
      more: { before: places.from > 0, after: found.some(isBehind) },
    })
  },
}

/** `documentId#place`, as `split` gives it. */
function readId(id: string): { readonly documentId: string; readonly place: number } {
  const at = id.lastIndexOf('#')
  const digits = id.slice(at + 1)
  const place = Number(digits)
  if (at < 1 || !/^\d{1,10}$/.test(digits) || place > maxPlace) throw new RequestError(400, 'bad-request', 'Expected id to be that of a passage: document#0')
  return { documentId: id.slice(0, at), place }
}

function readAround(given: string | null): number {
  if (given === null) return defaultAround
  const around = Number(given)
  if (/^\d{1,3}$/.test(given) && around <= maxAround) return around
  throw new RequestError(400, 'bad-request', `Expected around to be a whole number from 0 to ${maxAround}`)
}
