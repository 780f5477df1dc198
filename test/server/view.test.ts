import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { sseEncoder } from '../../src/server/encoders.ts'
import { createRunLog } from '../../src/server/runLog.ts'
import type { Run } from '../../src/server/runs.ts'
import { type ByteSink, view } from '../../src/server/view.ts'
import { text } from '../support/chunks.ts'
import { eventsIn, sources } from './asking.ts'

/** A viewer of a run that is written by hand. */
function watched({ stallMs = 10_000, heartbeatMs = 10_000, takes = Infinity } = {}) {
  const log = createRunLog(1_048_576)
  const detached = vi.fn()
  const onCut = vi.fn()
  const run: Run = { id: '0'.repeat(32), query: { question: 'a?' }, log, createdAt: 0, stop: () => undefined, attach: () => detached }
  const writes: string[] = []
  const sink = { head: vi.fn(), write: (said: Uint8Array) => (writes.push(Buffer.from(said).toString()), writes.length <= takes), holds: false, end: vi.fn(), abort: vi.fn(), onDrain: () => undefined, onClose: () => undefined } satisfies ByteSink
  view({ kind: 'stream', run, from: 1, encoder: sseEncoder(run.id) }, sink, { heartbeatMs, stallMs, onCut })
  return { log, writes, sink, detached, onCut, events: () => writes.map((said) => eventsIn(said).map(({ event }) => event)) }
}

describe('view', () => {
  it('says what there is in one write with the first text, which does not wait for the turn to end', () => {
    const { log, events, sink } = watched()
    log.append(sources)
    expect(events()).toEqual([])
    log.append(text('a'))
    expect(events()).toEqual([['run', 'sources', 'text']])
    expect(sink.head).toHaveBeenCalledTimes(1)
  })

  it('opens without text when none comes, and writes together what comes together', async () => {
    const { log, events } = watched()
    await vi.waitFor(() => expect(events()).toEqual([['run']]))
    log.append(sources)
    await vi.waitFor(() => expect(events()).toEqual([['run'], ['sources']]))
    log.append(text('a'))
    for (const more of ['b', 'c', 'd']) log.append(text(more))
    await vi.waitFor(() => expect(events()).toEqual([['run'], ['sources'], ['text'], ['text', 'text', 'text']]))
  })

  it('writes nothing and holds nothing once the client has gone, also before it was opened', async () => {
    const { log, writes, sink, detached } = watched()
    sink.onClose()
    log.append(text('a'))
    await after(20)
    expect([writes, detached.mock.calls.length, sink.end.mock.calls.length, sink.abort.mock.calls.length]).toEqual([[], 1, 0, 0])
  })

  it('cuts a client that takes nothing, and counts it, also when only heartbeats were said', async () => {
    const { onCut, detached, sink, writes } = watched({ takes: 1, stallMs: 20, heartbeatMs: 5 })
    await vi.waitFor(() => expect(onCut).toHaveBeenCalledTimes(1))
    expect([writes.length, detached.mock.calls.length, sink.abort.mock.calls.length]).toEqual([2, 1, 1])
  })
})
