import { type Socket, connect } from 'node:net'

/** Writes bytes as they are to a server, and resolves with all that it said when it closed. */
export function rawHttp(port: number, text: string, onSocket?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.setEncoding('utf8')
    socket.on('data', (part: string) => (said += part))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
    socket.on('connect', () => {
      socket.write(text)
      onSocket?.(socket)
    })
  })
}
