import { type Observable, concat, defer, map, of, take, takeUntil, timer } from 'rxjs'
import { type Handler, handler } from '../../src/server/handler.ts'
import type { HandlerOptions } from '../../src/server/options.ts'
import type { Chunk, SourcesChunk } from '../../src/types/chunk.ts'
import type { StopSignal } from '../../src/types/completion.ts'
import { markAt, usage } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'

export const sources: SourcesChunk = { type: 'sources', passages: [scoredPassage('A riffle is a shallow stretch of a stream.')] }

/** An answer of so many words, each after `everyMs`; stops when it is asked to. `told` counts how often it was begun. */
export function words(count: number, everyMs: number, stop: StopSignal, told?: { count: number }): Observable<Chunk> {
  if (told) told.count++
  let reason: 'stop' | 'stopped' = 'stop'
  const texts = timer(0, everyMs).pipe(map((index): Chunk => ({ type: 'text', text: `word${index} ` })))
  const wanted = texts.pipe(takeUntil(stop.pipe(map(() => (reason = 'stopped')))), take(count))
  return concat(of(markAt('accepted', 0, 0), sources), wanted, defer((): Chunk[] => [usage(), { type: 'finish', reason }]))
}

export function handlerOf(options: Partial<HandlerOptions> = {}): Handler {
  return handler({ answer: (_, { stop }) => words(5, 1, stop), ...options })
}

export const get = (path: string, headers: Record<string, string> = {}): Request => new Request(`http://localhost${path}`, { headers })
export const post = (path: string, body: unknown, headers: Record<string, string> = {}): Request =>
  new Request(`http://localhost${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

export interface SeenEvent {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

/** The events of an SSE text that are whole. */
export function eventsIn(text: string): SeenEvent[] {
  const fieldOf = (block: string, name: string) => block.split('\n').find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
  return text
    .slice(0, text.lastIndexOf('\n\n') + 1)
    .split('\n\n')
    .filter((block) => /^data: /m.test(block))
    .map((block) => ({ id: fieldOf(block, 'id'), event: fieldOf(block, 'event'), data: JSON.parse(fieldOf(block, 'data')) as Record<string, unknown> }))
}
