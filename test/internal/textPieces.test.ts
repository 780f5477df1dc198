import { describe, expect, it } from 'vitest'
import { textPieces } from '../../src/internal/textPieces.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text } from '../support/chunks.ts'
import { collect } from '../support/collect.ts'

/** Chunks, and whether their iterator was told that no more are wanted. */
function scripted(...chunks: readonly Chunk[]) {
  const state = { left: 0 }
  const iterable: AsyncIterable<Chunk> = {
    [Symbol.asyncIterator]() {
      const iterator = chunks[Symbol.iterator]()
      return {
        next: () => Promise.resolve(iterator.next()),
        return() {
          state.left++
          return Promise.resolve({ done: true, value: undefined })
        },
      }
    },
  }
  return { iterable, state }
}

describe('textPieces', () => {
  it('gives the text alone, and the end', async () => {
    const { iterable, state } = scripted(markAt('sent', 1), text('a'), reset, finish())
    const pieces = textPieces(iterable)[Symbol.asyncIterator]()

    expect(await pieces.next()).toEqual({ done: false, value: 'a' })
    await expect(pieces.next()).rejects.toMatchObject({ code: 'reset-refused' })
    expect(state.left).toBe(1)
    expect(await collect(textPieces(scripted(markAt('sent', 1), text('a'), finish(), text('b')).iterable))).toEqual(['a', 'b'])
  })

  it('gives no empty piece for half a character', async () => {
    expect(await collect(textPieces(scripted(text('\ud83d'), text('\ude00')).iterable))).toEqual(['😀'])
  })

  it('passes `return` on at once, also while `next` is pending', async () => {
    let left = false
    const silent: AsyncIterable<Chunk> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => ((left = true), Promise.resolve({ done: true, value: undefined })),
      }),
    }
    const pieces = textPieces(silent)[Symbol.asyncIterator]()
    void pieces.next()
    const ended = pieces.return?.()

    expect(left).toBe(true)
    expect(await ended).toEqual({ done: true, value: undefined })
  })
})
