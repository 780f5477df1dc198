import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, createChunkQueue } from '../../src/internal/chunkQueue.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text } from '../support/chunks.ts'

const reasoning = (words: string): Chunk => ({ type: 'reasoning', text: words })
const part = (words: string, name: string): Chunk => ({ type: 'text', text: words, part: name })
const call = (argumentsText: string, index = 0, more: { id?: string; name?: string } = {}): Chunk => ({ type: 'tool-call', index, argumentsText, ...more })

function taken(...chunks: readonly Chunk[]): Chunk[] {
  const queue = createChunkQueue()
  for (const chunk of chunks) queue.push(chunk)
  return drained(queue)
}
function drained(queue: ReturnType<typeof createChunkQueue>): Chunk[] {
  const all: Chunk[] = []
  for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) all.push(chunk)
  return all
}

/** The plainest form of a stream: every neighbour that may be merged is merged. */
function merged(chunks: readonly Chunk[]): Chunk[] {
  const all: Chunk[] = []
  for (const chunk of chunks) {
    const last = all.at(-1)
    if (last?.type === 'text' && chunk.type === 'text' && last.part === chunk.part) all[all.length - 1] = { ...last, text: last.text + chunk.text }
    else if (last?.type === 'reasoning' && chunk.type === 'reasoning') all[all.length - 1] = { ...last, text: last.text + chunk.text }
    else if (last?.type === 'tool-call' && chunk.type === 'tool-call' && last.index === chunk.index && !chunk.id && !chunk.name) {
      all[all.length - 1] = { ...last, argumentsText: last.argumentsText + chunk.argumentsText }
    } else all.push(chunk)
  }
  return all
}

describe('createChunkQueue', () => {
  it('merges neighbouring text, and keeps the order among other chunks', () => {
    const mark = markAt('any1', 1)

    expect(taken(text('a'), text('b'), mark, text('c'), text('d'), finish())).toEqual([text('ab'), mark, text('cd'), finish()])
  })

  it('keeps the parts of an answer apart', () => {
    expect(taken(part('a', 'x'), part('b', 'x'), part('c', 'y'), text('d'))).toEqual([part('ab', 'x'), part('c', 'y'), text('d')])
  })

  it('merges reasoning with reasoning, and never across a reset', () => {
    expect(taken(reasoning('a'), reasoning('b'), text('c'), reset, text('d'))).toEqual([reasoning('ab'), text('c'), reset, text('d')])
  })

  it('merges the pieces of one tool call, and begins another where a name or an id comes', () => {
    const first = call('', 0, { id: '1', name: 'f' })
    const again = call('', 0, { id: '2', name: 'f' })

    expect(taken(first, call('{'), call('}'), call('[', 1), again, call('x'))).toEqual([{ ...first, argumentsText: '{}' }, call('[', 1), { ...again, argumentsText: 'x' }])
  })

  it('passes on a chunk that waited alone as the very object it was', () => {
    const only = text('a')

    expect(taken(only)[0]).toBe(only)
  })

  it('gives long text in bites, so that a slow writer makes progress', () => {
    const all = taken(...Array.from({ length: 100_000 }, () => text('ab')))

    expect(all.length).toBeGreaterThan(5)
    expect(all.length).toBeLessThan(20)
    expect(all.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')).toBe('ab'.repeat(100_000))
  })

  it('counts two bytes for each UTF-16 unit and 128 for each chunk', () => {
    const queue = createChunkQueue()
    queue.push(text('ab'))
    queue.push(text('cde'))
    expect(queue.bytes).toBe(128 + 10)
    queue.push(finish())
    expect(queue.bytes).toBe(128 + 10 + 128)
    queue.shift()
    expect(queue.bytes).toBe(128)
    queue.clear()
    expect([queue.bytes, queue.shift()]).toEqual([0, undefined])
  })

  it('keeps nothing of empty pieces', () => {
    expect(taken(text('a'), ...Array.from({ length: 10 }, () => text('')), text('b'))).toEqual([text('ab')])
  })

  it('loses, doubles and moves nothing, whenever chunks are taken, and counts to zero', () => {
    const words = fc.oneof(fc.string({ maxLength: 3 }), fc.constant('x'.repeat(9_000)))
    const chunk: fc.Arbitrary<Chunk> = fc.oneof(
      { weight: 4, arbitrary: words.map(text) },
      words.map(reasoning),
      fc.tuple(words, fc.constantFrom('p', 'q')).map(([some, name]) => part(some, name)),
      fc.tuple(words, fc.integer({ min: 0, max: 1 }), fc.boolean()).map(([some, index, named]) => call(some, index, named ? { id: 'i', name: 'n' } : {})),
      fc.constantFrom<Chunk>(finish(), reset, markAt('sent', 1)),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(chunk, fc.nat({ max: 2 })), { maxLength: 60 }), (steps) => {
        const queue = createChunkQueue()
        const out: Chunk[] = []
        let bytes = 0
        for (const [next, takes] of steps) {
          queue.push(next)
          for (let take = 0; take < takes; take++) {
            const first = queue.shift()
            if (first !== undefined) out.push(first)
            bytes = queue.bytes
            expect(bytes).toBeGreaterThanOrEqual(0)
          }
        }
        const rest = drained(queue)
        expect(queue.bytes).toBe(0)
        if (steps.at(-1)?.[1] !== 0) expect(rest.reduce((sum, left) => sum + bytesOf(left), 0)).toBe(bytes)
        expect(merged([...out, ...rest])).toEqual(merged(steps.map(([pushed]) => pushed)))
      }),
      { numRuns: 500 },
    )
  })

  it('takes many thousand chunks from the front in linear time', () => {
    const queue = createChunkQueue()
    const chunks = Array.from({ length: 200_000 }, (_, index) => markAt('any1', index))
    for (const next of chunks) queue.push(next)

    expect(drained(queue)).toEqual(chunks)
  })
})
