import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createGate } from '../../src/policies/gate.ts'

/** Whether the promise has resolved once everything that can happen now has happened. */
async function isOpen(opened: Promise<void>): Promise<boolean> {
  let open = false
  void opened.then(() => (open = true))
  await new Promise((resolve) => setImmediate(resolve))
  return open
}

describe('createGate', () => {
  it('is open while nobody holds it', async () => {
    const gate = createGate()

    expect(gate.held).toBe(false)
    expect(await isOpen(gate.opened())).toBe(true)
  })

  it('opens when the last of those who hold it lets go', async () => {
    const gate = createGate()
    const [first, second] = [gate.hold(), gate.hold()]
    const opened = gate.opened()

    first()
    expect(gate.held).toBe(true)
    expect(await isOpen(opened)).toBe(false)
    second()
    expect(gate.held).toBe(false)
    expect(await isOpen(opened)).toBe(true)
  })

  it('counts a release once, however often it is called', () => {
    const gate = createGate()
    const first = gate.hold()
    gate.hold()

    first()
    first()
    first()

    expect(gate.held).toBe(true)
  })

  it('keeps a hold that was taken after an old release was called', () => {
    const gate = createGate()
    const old = gate.hold()
    old()
    gate.hold()

    old()

    expect(gate.held).toBe(true)
  })

  it('wakes everybody who waits', async () => {
    const gate = createGate()
    const release = gate.hold()
    const waiting = [gate.opened(), gate.opened(), gate.opened()]

    release()

    expect(await Promise.all(waiting.map(isOpen))).toEqual([true, true, true])
  })

  it('can be held again', async () => {
    const gate = createGate()
    gate.hold()()
    const release = gate.hold()
    const opened = gate.opened()

    expect(await isOpen(opened)).toBe(false)
    release()
    expect(await isOpen(opened)).toBe(true)
  })

  it('lets go of whoever waits when the signal aborts, and leaves no listener behind', async () => {
    const gate = createGate()
    const controller = new AbortController()
    const release = gate.hold()
    const aborted = gate.opened(controller.signal)
    const patient = gate.opened()

    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()

    expect(await isOpen(aborted)).toBe(true)
    expect(await isOpen(patient)).toBe(false)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    release()
    expect(await isOpen(patient)).toBe(true)
  })

  it('leaves no listener behind when it opens', async () => {
    const gate = createGate()
    const { signal } = new AbortController()
    for (let round = 0; round < 20; round++) {
      const release = gate.hold()
      const opened = gate.opened(signal)
      release()
      await opened
    }

    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('does not wait for a signal that has aborted already', async () => {
    const gate = createGate()
    gate.hold()

    expect(await isOpen(gate.opened(AbortSignal.abort()))).toBe(true)
  })

  describe('its time', () => {
    let nowMs = 0
    beforeEach(() => {
      nowMs = 0
      const spy = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
      return () => spy.mockRestore()
    })

    it('runs while somebody holds it, once however many do', () => {
      const gate = createGate()
      expect(gate.heldNs).toBe(0)
      const first = gate.hold()
      nowMs = 3
      const second = gate.hold()
      expect(gate.heldNs).toBe(3e6)
      nowMs = 5
      first()
      expect(gate.heldNs).toBe(5e6)
      nowMs = 9
      second()
      nowMs = 100
      second()
      expect(gate.heldNs).toBe(9e6)
    })

    it('is summed over holds', () => {
      const gate = createGate()
      for (const until of [10, 30]) {
        const release = gate.hold()
        nowMs = until
        release()
        nowMs += 10
      }
      expect(gate.heldNs).toBe(20e6)
    })
  })
})
