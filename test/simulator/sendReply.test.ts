import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, it, vi } from 'vitest'
import { createRecorder } from '../../src/simulator/recorder.ts'
import { wholeReply } from '../../src/simulator/reply.ts'
import { sendReply } from '../../src/simulator/sendReply.ts'

it('leaves no alarm behind when the connection closes', () => {
  const response = Object.assign(new EventEmitter(), { destroyed: false }) as unknown as ServerResponse
  const { open } = createRecorder({ maxRequests: 1, maxRecordBytes: 1000, recordEvents: true })
  const log = open({ method: 'POST', path: '/', headers: {}, body: {}, bodyBytes: 2 })
  const alarm = { set: vi.fn(), clear: vi.fn() }

  sendReply({ response, log, schedule: { createAlarm: () => alarm }, closeHere: vi.fn() }, { ...wholeReply(200, 'text/plain', 'a'), headersAfterMs: 1e9 })
  expect(alarm.set).toHaveBeenCalledOnce()
  expect(alarm.clear).not.toHaveBeenCalled()

  response.emit('close')
  expect(alarm.clear).toHaveBeenCalledOnce()
})
