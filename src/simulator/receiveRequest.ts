import type { IncomingMessage } from 'node:http'
import type { ReceivedRequest } from './recorder.ts'

/** Records are printed; keys are not. */
const secretHeaders = new Set(['authorization', 'api-key', 'x-api-key', 'cookie'])

/** Longer ones are read to their end and not kept. */
const maxBodyBytes = 64 * 2 ** 20

/** Reads a request to its end. */
export async function receiveRequest(request: IncomingMessage, path: string): Promise<ReceivedRequest & { readonly isTooLong: boolean }> {
  const parts: Buffer[] = []
  let bodyBytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bodyBytes += part.length
    if (bodyBytes <= maxBodyBytes) parts.push(part)
    else parts.length = 0
  }
  const shown = Object.entries(request.headers).map(([name, value]) => [name, secretHeaders.has(name) ? '[secret]' : String(value)])
  const headers = Object.fromEntries(shown) as Record<string, string>
  const isTooLong = bodyBytes > maxBodyBytes
  return { method: request.method ?? 'GET', path, headers, body: parse(Buffer.concat(parts)), bodyBytes: isTooLong ? 0 : bodyBytes, isTooLong }
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
