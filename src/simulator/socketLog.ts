import type { Socket } from 'node:net'
import { nowNs, type SocketRecord } from './record.ts'

/** Knows of each connection who closed it. */
export interface SocketLog {
  readonly sockets: readonly SocketRecord[]
  add(socket: Socket): void
  countRequest(socket: Socket): void
  /** To be said before this side closes a connection. */
  closeHere(socket: Socket): void
  closedBy(socket: Socket): 'server' | 'client' | undefined
}

export function createSocketLog(): SocketLog {
  const sockets: SocketRecord[] = []
  const records = new WeakMap<Socket, SocketRecord>()
  /** Who was first: the other side's close follows from it. */
  const first = new WeakMap<Socket, 'server' | 'client'>()
  const note = (socket: Socket, by: 'server' | 'client') => {
    if (!first.has(socket)) first.set(socket, by)
  }

  return {
    sockets,
    add(socket) {
      const record: SocketRecord = { openedAt: nowNs(), requests: 0 }
      sockets.push(record)
      records.set(socket, record)
      socket.on('end', () => note(socket, 'client'))
      socket.on('error', () => note(socket, 'client'))
      socket.on('close', () => {
        record.closed = { at: nowNs(), by: first.get(socket) ?? 'server' }
      })
    },
    countRequest(socket) {
      const record = records.get(socket)
      if (record) record.requests++
    },
    closeHere: (socket) => note(socket, 'server'),
    closedBy: (socket) => first.get(socket),
  }
}
