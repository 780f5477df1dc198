import type { ServerResponse } from 'node:http'

/** A body whose chunks are framed here and go right to the socket: one write each, where Node makes four. */
export interface FramedBody {
  writeHead(status: number, headers: Readonly<Record<string, string>>): void
  /** False: wait until it is drained. */
  write(data: string | Uint8Array, byteLength: number): boolean
  onceDrained(run: () => void): void
  end(): void
}

export function framedBody(response: ServerResponse): FramedBody {
  let isChunked = false
  /** While an answer before this one is still being sent, Node holds this one back. */
  const target = () => response.socket ?? response
  const frame = (data: string | Uint8Array, byteLength: number) => {
    if (!isChunked) return data
    const head = `${byteLength.toString(16)}\r\n`
    return typeof data === 'string' ? `${head}${data}\r\n` : Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n')])
  }
  return {
    writeHead(status, headers) {
      const { socket } = response
      // The headers leave with what is due now, in one packet.
      socket?.cork()
      process.nextTick(() => socket?.uncork())
      response.writeHead(status, headers)
      // Node has decided by now whether the client takes chunks; that they are framed already it need not know.
      isChunked = response.chunkedEncoding
      response.chunkedEncoding = false
      response.flushHeaders()
    },
    write: (data, byteLength) => byteLength === 0 || target().write(frame(data, byteLength)),
    onceDrained: (run) => void target().once('drain', run),
    end: () => void (isChunked ? response.end('0\r\n\r\n') : response.end()),
  }
}
