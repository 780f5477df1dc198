import type { Chunk } from '../types/chunk.ts'

/** Chunks that wait, first in, first out. What a model sends piece by piece is merged with its neighbour. */
export interface ChunkQueue {
  /** What it holds in memory: see `bytesOf`. */
  readonly bytes: number
  push(chunk: Chunk): void
  /** The first, and takes it out. */
  shift(): Chunk | undefined
  clear(): void
}

/** A merged text is closed at this many UTF-16 units, so that a slow writer takes it in bites. */
const maxMergedUnits = 16_384

/**
 * About what a chunk that waits keeps in memory: two bytes for each UTF-16 unit, which is the most that the engine takes, and
 * what an object costs. A passage among the sources is the query's, not ours.
 */
export function bytesOf(chunk: Chunk): number {
  return 128 + (textOf(chunk)?.length ?? 0) * 2
}

/**
 * Neighbouring `text` chunks of one part become one, `reasoning` chunks too, and pieces of one tool call; nothing else changes
 * and nothing changes places. So a million waiting tokens are some hundred strings, not a million objects.
 */
export function createChunkQueue(): ChunkQueue {
  let waiting: Chunk[] = []
  let head = 0
  let bytes = 0
  /** The last chunk that waits, and the texts that go with it: joined once, when it is closed or taken. */
  let last: Chunk | undefined
  let texts: string[] = []
  let units = 0

  const close = () => {
    if (last !== undefined && texts.length > 1) waiting[waiting.length - 1] = withText(last, texts.join(''))
    last = undefined
    texts = []
    units = 0
  }
  const clear = () => {
    waiting = []
    head = 0
    bytes = 0
    last = undefined
    texts = []
    units = 0
  }
  return {
    get bytes() {
      return bytes
    },
    push(chunk) {
      const text = textOf(chunk)
      if (text !== undefined && last !== undefined && units + text.length <= maxMergedUnits && belongsTo(last, chunk)) {
        // A model that sends empty pieces for ever must not fill a list that nobody counts.
        if (text !== '') texts.push(text)
        units += text.length
        bytes += text.length * 2
        return
      }
      close()
      waiting.push(chunk)
      bytes += bytesOf(chunk)
      if (text === undefined) return
      last = chunk
      texts.push(text)
      units = text.length
    },
    shift() {
      if (head === waiting.length) return undefined
      if (head === waiting.length - 1) close()
      const chunk = waiting[head]
      head++
      if (chunk !== undefined) bytes -= bytesOf(chunk)
      if (head === waiting.length) clear()
      else if (head > 1024 && head * 2 > waiting.length) {
        // Taking from the front of an array moves all the rest: done now and then, not each time.
        waiting = waiting.slice(head)
        head = 0
      }
      return chunk
    },
    clear,
  }
}

function textOf(chunk: Chunk): string | undefined {
  if (chunk.type === 'text' || chunk.type === 'reasoning') return chunk.text
  return chunk.type === 'tool-call' ? chunk.argumentsText : undefined
}

function belongsTo(last: Chunk, next: Chunk): boolean {
  if (last.type === 'text' && next.type === 'text') return last.part === next.part
  if (last.type === 'tool-call' && next.type === 'tool-call') return last.index === next.index && next.id === undefined && next.name === undefined
  return last.type === 'reasoning' && next.type === 'reasoning'
}

function withText(chunk: Chunk, text: string): Chunk {
  if (chunk.type === 'text' || chunk.type === 'reasoning') return { ...chunk, text }
  return chunk.type === 'tool-call' ? { ...chunk, argumentsText: text } : chunk
}
