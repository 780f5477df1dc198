import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Recorder } from './recorder.ts'
import type { SimulatorRecord } from './record.ts'

/** Answers what other processes ask about the record. Such requests are not recorded themselves. */
export async function serveRecord(response: ServerResponse, method: string, url: URL, { record, clear }: Recorder): Promise<void> {
  const { pathname, searchParams } = url
  const send = (status: number, parts: Iterable<string>) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    return pipeline(Readable.from(parts), response)
  }
  if (pathname === '/simulator/record' && method === 'GET') return send(200, jsonOf(record, searchParams.get('events') !== 'false'))
  if (pathname === '/simulator/record' && method === 'DELETE') {
    clear()
    return send(200, [JSON.stringify({ cleared: true })])
  }
  if (pathname === '/simulator/counts' && method === 'GET') return send(200, [JSON.stringify(record.counts)])
  return send(404, [JSON.stringify({ error: { message: 'Expected GET /simulator/record, GET /simulator/counts or DELETE /simulator/record' } })])
}

/** Piece by piece: whole it may be longer than a string can be. */
function* jsonOf({ origin, counts, sockets, requests }: SimulatorRecord, withEvents: boolean): Generator<string> {
  yield `{"origin":${origin},"counts":${JSON.stringify(counts)},"sockets":[`
  yield* elements(sockets)
  yield '],"requests":['
  yield* elements(withEvents ? requests : requests.map((request) => ({ ...request, writes: undefined })))
  yield ']}\n'
}

function* elements(items: readonly object[]): Generator<string> {
  // What comes while this is being read is for the next time.
  for (const [index, item] of items.slice().entries()) yield (index === 0 ? '' : ',') + JSON.stringify(item)
}
