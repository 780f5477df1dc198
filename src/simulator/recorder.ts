import { boundedList } from './boundedList.ts'
import { createCounts, increment } from './counts.ts'
import { type RequestRecord, type SimulatorRecord, nowNs, originNs } from './record.ts'
import { type SocketLog, createSocketLog } from './socketLog.ts'
import { type OpenWriteLog, createWriteLog, noWriteLog } from './writeLog.ts'

export interface RecorderOptions {
  readonly maxRequests: number
  readonly maxRecordBytes: number
  readonly recordEvents: boolean
}

export interface Recorder {
  readonly record: SimulatorRecord
  readonly sockets: SocketLog
  /** A request has been read. */
  open(request: ReceivedRequest): RequestLog
  /** Forgets requests that are over and connections that are closed. Counts stay. */
  clear(): void
}

export type ReceivedRequest = Pick<RequestRecord, 'method' | 'path' | 'headers' | 'body'> & {
  /** Of the body as it came. */
  readonly bodyBytes: number
  /** The path, when it is one that is served. */
  readonly route?: string | undefined
}

/** Takes down what is done for one request. */
export interface RequestLog {
  readonly record: RequestRecord
  /** So many bytes of the body are handed to the socket. */
  wrote(bytes: number): void
  /** An event is, up to this byte of the body. */
  event(at: number, bytes: number): void
  /** The headers are handed to the socket. */
  head(status: number): void
  fault(type: string): void
  end(by: 'finished' | 'server' | 'client'): void
}

type OpenRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] }

export function createRecorder({ maxRequests, maxRecordBytes, recordEvents }: RecorderOptions): Recorder {
  /** Of requests under way. When one has to go from the record, its log would grow on unseen. */
  const logs = new Map<RequestRecord, OpenWriteLog>()
  const requests = boundedList<RequestRecord>(maxRequests, maxRecordBytes, (record) => logs.get(record)?.drop())
  const counts = createCounts()
  const sockets = createSocketLog(maxRequests, counts.sockets)

  return {
    record: { origin: originNs(), requests: requests.items, sockets: sockets.sockets, counts },
    sockets,
    open({ bodyBytes, route, ...request }) {
      const writes: OpenWriteLog = recordEvents ? createWriteLog((bytes) => requests.grow(record, bytes)) : noWriteLog
      const record: OpenRecord = { ...request, at: nowNs(), writes, events: 0, bytes: 0 }
      logs.set(record, writes)
      requests.add(record, bodyBytes)
      counts.requests++
      increment(counts.byPath, route ?? 'other')
      return {
        record,
        wrote(bytes) {
          record.bytes += bytes
          counts.bytes += bytes
        },
        event(at, bytes) {
          record.events++
          counts.events++
          writes.push(at, bytes)
        },
        fault(type) {
          record.fault = type
          increment(counts.faults, type)
        },
        head(status) {
          record.status = status
          increment(counts.byStatus, String(status))
        },
        end(by) {
          record.end = { at: nowNs(), by }
          counts.byEnd[by]++
          writes.close()
          logs.delete(record)
        },
      }
    },
    clear() {
      requests.keep(({ end }) => end === undefined)
      sockets.clear()
    },
  }
}
