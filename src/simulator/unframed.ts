import type { ServerResponse } from 'node:http'

/** A body whose pieces are framed here: one buffer and one write each, where Node makes four. */
export interface UnframedBody {
  writeHead(status: number, headers: Readonly<Record<string, string>>): void
  /** False: wait for `drain` of the response. */
  write(bytes: Uint8Array): boolean
  end(): void
}

export function unframed(response: ServerResponse): UnframedBody {
  let chunked = false
  return {
    writeHead(status, headers) {
      const { socket } = response
      // The headers leave with what is due now, in one packet.
      socket?.cork()
      process.nextTick(() => socket?.uncork())
      response.writeHead(status, headers)
      // Node has decided by now whether the client takes chunks; that they are framed already it need not know.
      chunked = response.chunkedEncoding
      response.chunkedEncoding = false
      response.flushHeaders()
    },
    write: (bytes) => bytes.length === 0 || response.write(chunked ? framed(bytes) : bytes),
    end: () => void (chunked ? response.end('0\r\n\r\n') : response.end()),
  }
}

function framed(bytes: Uint8Array): Buffer {
  const head = `${bytes.length.toString(16)}\r\n`
  const frame = Buffer.allocUnsafe(head.length + bytes.length + 2)
  frame.write(head, 'latin1')
  frame.set(bytes, head.length)
  frame[frame.length - 2] = 13
  frame[frame.length - 1] = 10
  return frame
}
