import { type Observable, concat, from, identity, mergeAll, mergeMap, of } from 'rxjs'
import { RagError } from '../errors.ts'
import { givenWhole } from '../internal/givenWhole.ts'
import { orderedMerge } from '../internal/orderedMerge.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { Chunk } from '../types/chunk.ts'
import type { LanguageModel } from '../types/ports.ts'
import { createCalls } from './calls.ts'
import { groupPassages, roomFor } from './groups.ts'
import { groupMessages } from './messages.ts'
import { type ResponseModeOptions, decorated, modeSettings } from './options.ts'
import { simple } from './simple.ts'

export interface AccumulateOptions extends ResponseModeOptions {
  /** Calls at once. Default 8. */
  readonly concurrency?: number
  /** Passages that one answer is made from, at most. Default 1. */
  readonly groupSize?: number
  /**
   * `ordered`: the answers one after another, with a line between them, as a terminal or file wants it; those that are made ahead wait.
   * `interleaved`: as they come, for readers that tell chunks apart by `part`. Default `ordered`.
   */
  readonly order?: 'ordered' | 'interleaved'
  /** Each answer is given when it is whole, so that one that breaks off may start again. Default false: as it is written. */
  readonly whole?: boolean
}

const separator = '\n\n---\n\n'

/**
 * An answer for each group of passages, all streaming. Text, citations and `sources` carry `part`, from `'1'` on; numbers like [1] count
 * in the sources of their part. `progress` (stage `accumulate`) tells how many answers are whole.
 *
 * - Order: inside a part the model's; parts by `order`.
 * - Memory: `ordered`: the answers that are whole before it is their turn. Drop: unsubscribing drops all calls that are running.
 * - Errors: the first call that fails ends the answer and the other calls; `reset-refused` when an attempt starts again after
 *   text of its part was given, which `whole` prevents.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * query$.pipe(retrieve(store, { topK: 40 }), generateAnswer(accumulate(model, { groupSize: 5 })))
 */
export function accumulate(model: LanguageModel, options: AccumulateOptions = {}): LanguageModel {
  const { concurrency = 8, groupSize = 1, order = 'ordered', whole = false } = options
  requirePositiveInteger('concurrency', concurrency)
  requirePositiveInteger('groupSize', groupSize)
  const settings = modeSettings(model, options)
  const single = simple(model, options)

  return decorated(model, (request, query) => {
    const { standalone: question } = query
    const groups = groupPassages(query.passages, roomFor(question, settings), groupSize)
    if (groups.length < 2) return single.stream(request)
    const ask = createCalls(model, request, settings)
    let done = 0

    const parts = groups.map(({ passages: some }, index): Observable<Chunk> => {
      const part = String(index + 1)
      // Numbers count in the part's own sources.
      const messages = groupMessages(question, { passages: some, firstNumber: 1 }, settings)
      let hasText = false
      const asPart = (chunk: Chunk): readonly Chunk[] => {
        switch (chunk.type) {
          case 'text': case 'citation':
            hasText = true
            return [{ ...chunk, part }]
          case 'reset':
            // Of one that had only thought nothing was given.
            if (!hasText) return []
            throw new RagError('reset-refused', 'One of several answers starts again, but its first part is already given and cannot be taken back')
          case 'finish': return [{ type: 'progress', stage: 'accumulate', done: ++done, of: groups.length }]
          default: return [chunk]
        }
      }
      const answer = ask({ messages, purpose: 'answer', query: { ...query, passages: some } }).pipe(whole ? givenWhole() : identity, mergeMap(asPart))
      const between: Chunk[] = order === 'ordered' && index > 0 ? [{ type: 'text', text: separator }] : []
      return concat(from<Chunk[]>([{ type: 'sources', passages: some, part }, ...between]), answer)
    })
    const all = order === 'ordered' ? orderedMerge(parts, concurrency) : from(parts).pipe(mergeAll(concurrency))
    return concat(all, of<Chunk>({ type: 'finish', reason: 'stop' }))
  })
}
