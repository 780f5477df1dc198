import { OverflowError } from '../errors.ts'
import { GrowingBytes } from './growingBytes.ts'
import type { HttpResponse } from './httpResponse.ts'

/**
 * Reads a whole body as text.
 *
 * @throws OverflowError when it is larger than `maxBytes`; the connection is then closed.
 */
export async function readBody(response: Pick<HttpResponse, 'read' | 'release'>, maxBytes: number, onBytes?: (count: number) => void): Promise<string> {
  const body = new GrowingBytes()
  for (;;) {
    const bytes = await response.read()
    if (!bytes) return new TextDecoder().decode(body.view())
    onBytes?.(bytes.length)
    if (body.length + bytes.length > maxBytes) {
      void response.release()
      throw new OverflowError(`Expected a response of at most ${maxBytes} bytes`, maxBytes, 'bytes')
    }
    body.add(bytes)
  }
}

const maxBeginningMs = 2000

/** The beginning of a body, for what it may say about a failure; never fails, and waits no longer than 2 seconds for it. */
export async function readBeginning(response: Pick<HttpResponse, 'read' | 'release'>, maxBytes: number): Promise<string> {
  const body = new GrowingBytes()
  // Ends a read that is pending, soon.
  const timer = setTimeout(() => void response.release(), maxBeginningMs)
  try {
    while (body.length < maxBytes) {
      const bytes = await response.read()
      if (!bytes) break
      body.add(bytes.subarray(0, maxBytes - body.length))
    }
  } catch {
    // What has come may say enough; the status says the rest.
  } finally {
    clearTimeout(timer)
  }
  void response.release()
  return new TextDecoder().decode(body.view())
}
