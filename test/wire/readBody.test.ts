import { createServer } from 'node:http'
import { Agent } from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HttpResponse } from '../../src/wire/httpResponse.ts'
import { readBeginning } from '../../src/wire/readBody.ts'
import { responseTo } from './responseTo.ts'

afterEach(() => void vi.useRealTimers())

/** Gives these pieces and then nothing, until it is released. */
function stalling(...pieces: readonly string[]): Pick<HttpResponse, 'read' | 'release'> & { readonly released: () => number } {
  const rest = pieces.map((piece) => Buffer.from(piece))
  let released = 0
  let end: (error: Error) => void = () => undefined
  return {
    read: () => {
      const next = rest.shift()
      return next === undefined ? new Promise((_, reject) => (end = reject)) : Promise.resolve(next)
    },
    release() {
      released++
      end(new Error('released'))
      return Promise.resolve()
    },
    released: () => released,
  }
}

describe('readBeginning', () => {
  it('gives what has come of a body that stalls, and lets the connection go', async () => {
    vi.useFakeTimers()
    const response = stalling('{"error":', '"busy"')
    let read: string | undefined
    void readBeginning(response, 1000).then((text) => (read = text))

    await vi.advanceTimersByTimeAsync(1999)
    expect(read).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(read).toBe('{"error":"busy"')
    expect(response.released()).toBeGreaterThan(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('takes no more than it is asked for, and leaves no timer', async () => {
    vi.useFakeTimers()

    expect(await readBeginning(stalling('abc', 'def', 'never'), 5)).toBe('abcde')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends over a real socket too', async () => {
    const server = createServer((_, response) => response.writeHead(503).write('busy'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const response = await responseTo(new Agent(), { origin, path: '/', method: 'POST', headers: {}, body: '' })

    expect(await readBeginning(response, 1000)).toBe('busy')
    server.closeAllConnections()
    server.close()
  })
})
