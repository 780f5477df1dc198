import type { ServerResponse } from 'node:http'
import { nowNs, type RequestRecord, type WriteTime } from './record.ts'

/** Writes a body in slices, no faster than the client reads. */
export interface BodyWriter {
  /** False when the client has gone, or the limit has been reached: nothing more is to be written. */
  write(bytes: Uint8Array): Promise<boolean>
  /** False when the client has gone meanwhile. */
  wait(milliseconds: number): Promise<boolean>
}

export function createBodyWriter(response: ServerResponse, record: RequestRecord, sliceBytes: number, maxBytes: number): BodyWriter {
  const flush = () =>
    new Promise<void>((resolve) => {
      const settle = () => {
        response.off('drain', settle)
        response.off('close', settle)
        resolve()
      }
      response.on('drain', settle)
      response.on('close', settle)
      if (response.destroyed) settle()
    })
  const isOpen = () => !response.destroyed && record.bytes < maxBytes

  return {
    async write(bytes) {
      if (!isOpen()) return false
      for (let start = 0; start < bytes.length && isOpen(); start += sliceBytes) {
        const slice = bytes.subarray(start, Math.min(start + sliceBytes, start + maxBytes - record.bytes))
        const flushed = response.write(slice)
        record.bytes += slice.length
        if (!flushed) await flush()
        // Slices written in one turn would leave in one packet.
        if (sliceBytes < bytes.length) await new Promise((resolve) => setImmediate(resolve))
      }
      ;(record.writes as unknown as WriteTime[]).push({ at: nowNs(), bytes: record.bytes })
      return isOpen()
    },
    async wait(milliseconds) {
      if (milliseconds <= 0) return isOpen()
      await new Promise<void>((resolve) => {
        const settle = () => {
          clearTimeout(timer)
          response.off('close', settle)
          resolve()
        }
        const timer = setTimeout(settle, milliseconds)
        response.on('close', settle)
      })
      return isOpen()
    },
  }
}
