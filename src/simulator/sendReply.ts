import type { ServerResponse } from 'node:http'
import { type Block, bytesOf, joinSteps } from './block.ts'
import { framedBody } from './framedBody.ts'
import { nowNs } from './record.ts'
import type { RequestLog } from './recorder.ts'
import type { Reply } from './reply.ts'
import type { Schedule } from './schedule.ts'
import { createTimetable, takeDue } from './timetable.ts'

/** Where a reply goes, and who is told. */
export interface Outgoing {
  readonly response: ServerResponse
  readonly log: RequestLog
  readonly schedule: Schedule
  /** Called before this side breaks the connection. */
  readonly closeHere: () => void
}

/** What is due at once leaves in blocks of about this size. */
const blockBytes = 65_536
const largestSliceBytes = 2 * blockBytes

/**
 * Sends a reply by its schedule, no faster than the client reads.
 *
 * - Order: each step is due at the time of the one before and its own wait, counted from when the request was read, so that
 *   lateness does not add up; what is due goes out together.
 * - Memory: one block; steps are taken when they are due.
 * - Drop: when the connection closes nothing is left behind.
 *
 * There is no timer and no promise for an event: streams of 200,000 events a second are sent while others are served.
 */
export function sendReply({ response, log, schedule, closeHere }: Outgoing, reply: Reply): void {
  const { maxBytes = Number.POSITIVE_INFINITY, sliceBytes = Number.POSITIVE_INFINITY, ending = 'end' } = reply
  const isSliced = Number.isFinite(sliceBytes)
  const body = framedBody(response)
  const startMs = log.record.at / 1e6 + reply.headersAfterMs
  const timetable = createTimetable(reply.steps, startMs)
  const whenDue = (dueMs: number) => {
    if (response.destroyed) return
    if (dueMs <= performance.now()) run()
    else alarm.set(dueMs)
  }
  let hasBegun = false
  const run = () => (hasBegun ? writeBlock() : begin())
  const alarm = schedule.createAlarm(run)
  response.on('close', () => alarm.clear())

  const begin = () => {
    hasBegun = true
    log.head(reply.status)
    body.writeHead(reply.status, reply.headers)
    goOn()
  }
  const goOn = (): void => {
    if (timetable.next === undefined || log.record.bytes >= maxBytes) finish()
    else whenDue(timetable.dueMs)
  }
  const writeBlock = () => {
    const steps = takeDue(timetable, performance.now(), blockBytes, isSliced)
    writeSlices(joinSteps(steps, log.record.bytes, maxBytes))
  }
  const writeSlices = (block: Block): void => {
    if (response.destroyed) return
    const { data, byteLength, ends } = block
    const mostBytes = Math.min(sliceBytes, largestSliceBytes)
    const isLast = byteLength <= mostBytes
    const slice = isLast ? data : bytesOf(data).subarray(0, mostBytes)
    const sliceLength = isLast ? byteLength : mostBytes
    const at = nowNs()
    const flushed = body.write(slice, sliceLength)
    log.wrote(sliceLength)
    if (isLast) for (const end of ends) log.event(at, end)
    const then = isLast ? goOn : () => writeSlices({ data: bytesOf(data).subarray(sliceLength), byteLength: byteLength - sliceLength, ends })
    if (!flushed) body.onceDrained(() => setImmediate(then))
    // Slices written in one turn would leave in one packet; and other connections have their turn.
    else if (!isLast || isLate()) setImmediate(then)
    else then()
  }
  const isLate = () => timetable.next !== undefined && timetable.dueMs <= performance.now()
  const finish = () => {
    const { socket } = response
    if (response.destroyed || ending === 'stall') return
    if (ending === 'end') return body.end()
    closeHere()
    // What was written goes out first: the body breaks off where the script says.
    if (ending === 'close') socket?.end(() => socket.destroy())
    else socket?.write('', () => socket.resetAndDestroy())
  }

  whenDue(startMs)
}
