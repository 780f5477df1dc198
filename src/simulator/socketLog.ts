import type { Socket } from 'node:net'
import { boundedList } from './boundedList.ts'
import type { OpenCounts } from './counts.ts'
import { type SocketRecord, nowNs } from './record.ts'

/** Knows of each connection who closed it. */
export interface SocketLog {
  /** The last of them. */
  readonly sockets: readonly SocketRecord[]
  add(socket: Socket): void
  countRequest(socket: Socket): void
  /** It only carries questions about the record. */
  forget(socket: Socket): void
  /** To be said before this side closes a connection. */
  closeHere(socket: Socket): void
  closeAllHere(): void
  closedBy(socket: Socket): 'server' | 'client' | undefined
  /** Forgets those that are closed. */
  clear(): void
}

type OpenRecord = { -readonly [Key in keyof SocketRecord]: SocketRecord[Key] }
type Closed = NonNullable<SocketRecord['closed']>

export function createSocketLog(maxSockets: number, counts: OpenCounts['sockets']): SocketLog {
  const list = boundedList<SocketRecord>(maxSockets)
  const records = new WeakMap<Socket, OpenRecord>()
  /** Who was first: the other side's close follows from it. */
  const first = new WeakMap<Socket, Closed>()
  const open = new Set<Socket>()
  const note = (socket: Socket, by: 'server' | 'client') => {
    if (!first.has(socket)) first.set(socket, { at: nowNs(), by })
  }

  return {
    sockets: list.items,
    add(socket) {
      const record: OpenRecord = { openedAt: nowNs(), requests: 0 }
      list.add(record)
      records.set(socket, record)
      counts.opened++
      open.add(socket)
      socket.on('end', () => note(socket, 'client'))
      socket.on('error', () => note(socket, 'client'))
      socket.on('close', () => {
        open.delete(socket)
        note(socket, 'server')
        record.closed = first.get(socket)!
        if (records.has(socket)) counts[record.closed.by]++
      })
    },
    countRequest(socket) {
      const record = records.get(socket)
      if (record) record.requests++
    },
    forget(socket) {
      const record = records.get(socket)
      if (!record || record.requests > 0) return
      list.keep((other) => other !== record)
      records.delete(socket)
      counts.opened--
    },
    closeHere: (socket) => note(socket, 'server'),
    closeAllHere: () => open.forEach((socket) => note(socket, 'server')),
    closedBy: (socket) => first.get(socket)?.by,
    clear: () => list.keep(({ closed }) => closed === undefined),
  }
}
