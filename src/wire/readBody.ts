import { OverflowError } from '../errors.ts'
import { growingBytes } from './growingBytes.ts'
import type { HttpResponse } from './httpResponse.ts'

/**
 * Reads a whole body as text.
 *
 * @throws OverflowError when it is larger than `maxBytes`; the connection is then closed.
 */
export async function readBody(response: HttpResponse, maxBytes: number, onBytes?: () => void): Promise<string> {
  const body = growingBytes()
  for (;;) {
    const bytes = await response.read()
    if (!bytes) return new TextDecoder().decode(body.view())
    onBytes?.()
    if (body.length + bytes.length > maxBytes) {
      response.release()
      throw new OverflowError(`Expected a response of at most ${maxBytes} bytes`, maxBytes, 'bytes')
    }
    body.add(bytes)
  }
}

/** The beginning of a body, for what it may say about a failure; never fails. */
export async function readBeginning(response: HttpResponse, maxBytes: number): Promise<string> {
  const body = growingBytes()
  try {
    while (body.length < maxBytes) {
      const bytes = await response.read()
      if (!bytes) break
      body.add(bytes.subarray(0, maxBytes - body.length))
    }
  } catch {
    // What has come may say enough; the status says the rest.
  }
  response.release()
  return new TextDecoder().decode(body.view())
}
