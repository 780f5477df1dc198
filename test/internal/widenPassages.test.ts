import { describe, expect, it } from 'vitest'
import { type Located, widenPassages } from '../../src/internal/widenPassages.ts'
import { passage } from '../support/passage.ts'

const everything = { before: Infinity, after: Infinity, maxTokens: Infinity }
/** A document of passages of five letters, a line each. */
const linesOf = (count: number) => Array.from({ length: count }, (_, place) => passage('heron', { id: `d#${place}`, documentId: 'd', start: 6 * place, line: place + 1 }))

/** Fails when it is gone through, as it is to be copied. */
class NeverCopied<Key, Value> extends Map<Key, Value> {
  override [Symbol.iterator](): MapIterator<[Key, Value]> {
    throw new Error('Expected to be asked for single places')
  }
}

describe('widenPassages', () => {
  it('copies no document where windows meet', () => {
    const lines = linesOf(9)
    const around = new NeverCopied<number, (typeof lines)[number]>()
    for (const [place, line] of lines.entries()) around.set(place, line)
    const hits = [5, 1, 2].map((place, rank): Located => ({ hit: { ...lines[place]!, score: 9 - rank }, document: 'd', place, around }))

    expect(widenPassages(hits, everything).map(({ id, start, end, score }) => [id, start, end, score])).toEqual([['d#5', 0, 53, 9]])
    expect(widenPassages(hits, { ...everything, before: 0, after: 1 }).map(({ id, start, end, score }) => [id, start, end, score])).toEqual([['d#5', 30, 41, 9], ['d#1', 6, 23, 8]])
  })

  // Looking at all of the text before each passage that is joined to it takes minutes, and more than the runner gives.
  it('joins 150,000 passages in a time that grows with their number', () => {
    const lines = linesOf(150_000)

    const [whole] = widenPassages([{ hit: { ...lines[7]!, score: 1 }, document: 'd', place: 7, around: new Map(lines.entries()) }], everything)

    expect(whole?.text).toBe(lines.map(({ text }) => text).join('\n'))
  })
})
