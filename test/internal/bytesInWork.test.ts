import { describe, expect, it } from 'vitest'
import { createBytesInWork } from '../../src/internal/bytesInWork.ts'
import { settledTurns } from '../support/settledTurns.ts'

async function isWaiting(added: Promise<void>): Promise<boolean> {
  let isDone = false
  added.then(() => (isDone = true), () => undefined)
  await settledTurns()
  return !isDone
}

describe('bytes in work', () => {
  it('are bounded together', async () => {
    const inWork = createBytesInWork(10)
    await inWork.add(4)
    await inWork.add(6)
    const third = inWork.add(1)
    expect(await isWaiting(third)).toBe(true)
    inWork.remove(4)
    await third
    const fourth = inWork.add(6)
    expect(await isWaiting(fourth)).toBe(true)
    inWork.remove(1)
    expect(await isWaiting(fourth)).toBe(true)
    inWork.remove(6)
    await fourth
  })

  it('let what is larger go alone', async () => {
    const inWork = createBytesInWork(10)
    await inWork.add(100)
    const next = inWork.add(1)
    expect(await isWaiting(next)).toBe(true)
    inWork.remove(100)
    await next
    expect(await isWaiting(inWork.add(100))).toBe(true)
  })
})
