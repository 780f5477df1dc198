import { describe, expect, it } from 'vitest'
import { createRoom } from '../../src/internal/room.ts'
import { settledTurns } from '../support/settledTurns.ts'

function entering(room: ReturnType<typeof createRoom>) {
  const entered: string[] = []
  const enter = (name: string) => void room.enter().then(() => entered.push(name))
  return { entered, enter }
}

describe('a room', () => {
  it('lets so many in, and the next ones in turn as others leave', async () => {
    const room = createRoom(2, 100)
    const { entered, enter } = entering(room)
    for (const name of ['a', 'b', 'c', 'd']) enter(name)
    await settledTurns()
    expect(entered).toEqual(['a', 'b'])

    room.leave(0)
    await settledTurns()
    expect(entered).toEqual(['a', 'b', 'c'])
  })

  it('lets nobody in once what is in has the size, and one at least when it is empty', async () => {
    const room = createRoom(9, 100)
    const { entered, enter } = entering(room)
    enter('a')
    room.add(500)
    enter('b')
    await settledTurns()
    expect(entered).toEqual(['a'])

    room.leave(500)
    await settledTurns()
    expect(entered).toEqual(['a', 'b'])
  })
})
