import {
  EMPTY, type MonoTypeOperatorFunction, type Observable, Subject, concat, concatMap, delay, finalize, from, lastValueFrom, mergeMap, of, pipe, take, takeUntil, tap, throwError,
  timer, toArray,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { type ResponseModeName, responseModes } from '../../src/modes/responseModes.ts'
import { cite } from '../../src/operators/cite.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import type { Query } from '../../src/types/query.ts'
import { call, finish, text } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'
import { reporting } from '../support/scriptedModel.ts'

const modes = Object.keys(responseModes) as ResponseModeName[]
const passagesOf = (count: number) => Array.from({ length: count }, (_, index) => scoredPassage(`fact${index} `.repeat(150).trim(), count - index, { documentId: `d${index}` }))
const queryOf = (count: number): Query => ({ id: 'q', question: 'Which facts?', passages: passagesOf(count) })
/** Three passages of some 1,000 tokens fit into a prompt. */
const options = { maxInputTokens: 4500, answerTokens: 200, concurrency: 2 }

interface Witness {
  readonly requests: CompletionRequest[]
  running: number
}

/** How the call that breaks off ends, and after how many of its events: `finish` is the last. */
interface Break {
  readonly call: number
  readonly after: number
  readonly end: Observable<never>
}

/** Pieces of an answer, and its `finish`. */
const eventsOfCall = 4

/** Answers each call in three pieces, a millisecond each: which facts it read, with the number of the first passage in its prompt. */
function witnessed(witness: Witness, broken?: Break): LanguageModel {
  return {
    id: 'scripted',
    stream: (request) => {
      const index = witness.requests.push(request) - 1
      const prompt = request.messages.map(({ content }) => content).join('\n')
      const number = /number="(\d+)"/.exec(prompt)?.[1] ?? /\[(\d+)\]/.exec(prompt)?.[1] ?? '1'
      const pieces = [`call${index} says `, `this [${number}]`, '. '].map((piece) => text(piece))
      witness.running++
      const whole = from([...pieces, finish()]).pipe(concatMap((piece) => of(piece).pipe(delay(1))))
      const answer = broken?.call === index ? concat(whole.pipe(take(broken.after)), timer(1).pipe(mergeMap(() => broken.end))) : whole
      return reporting(answer, request, call(10, 1)).pipe(finalize(() => witness.running--))
    },
  }
}

/** In virtual time, so that every moment can be tried. */
function inVirtualTime<T>(make: () => Observable<T>): { readonly values: T[]; readonly error: unknown } {
  const values: T[] = []
  let error: unknown
  new TestScheduler(() => undefined).run(({ flush }) => {
    make().subscribe({ next: (value) => values.push(value), error: (failure: unknown) => (error = failure) })
    flush()
  })
  return { values, error }
}

const textIn = (chunks: readonly Chunk[]) => chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
const answerOf = (mode: ResponseModeName, count: number, witness: Witness, { broken, more = {}, ...settings }: { broken?: Break; more?: object; attempt?: MonoTypeOperatorFunction<Chunk>; whole?: boolean } = {}) =>
  of(queryOf(count)).pipe(generateAnswer(responseModes[mode](witnessed(witness, broken), { ...options, ...settings }), more), cite())

/** Calls that each mode makes for no, one and eight passages. */
const calls: Readonly<Record<ResponseModeName, readonly [number, number, number]>> = {
  compact: [1, 1, 3], refine: [1, 1, 8], 'tree-summarize': [1, 1, 3], simple: [1, 1, 1], accumulate: [1, 1, 8], 'context-only': [0, 0, 0],
}

/** Every call of an answer from eight passages, broken off before each of its events. */
const breaks = (mode: ResponseModeName) =>
  Array.from({ length: calls[mode][2] * eventsOfCall }, (_, index) => ({ call: Math.floor(index / eventsOfCall), after: index % eventsOfCall }))

describe.each(modes)('%s', (mode) => {
  it.each([[0, 0], [1, 1], [8, 2]] as const)('answers from %i passages: sources first, one usage of all calls, valid citations', (count, place) => {
    const witness: Witness = { requests: [], running: 0 }
    const { values: chunks, error } = inVirtualTime(() => answerOf(mode, count, witness))
    expect(error).toBeUndefined()
    const types = chunks.map(({ type }) => type)
    expect(witness.requests).toHaveLength(calls[mode][place])
    expect(types.indexOf('sources')).toBeLessThan(types.indexOf('text'))
    expect(types.filter((type) => type === 'usage')).toHaveLength(1)
    expect(types.slice(-2)).toEqual(['usage', 'finish'])
    expect(chunks.at(-2)).toMatchObject({ inputTokens: 10 * witness.requests.length, calls: witness.requests.map(() => expect.anything() as unknown) })
    if (mode !== 'context-only' && count > 0) {
      const citations = chunks.filter((chunk) => chunk.type === 'citation')
      expect(citations.length).toBeGreaterThan(0)
      for (const citation of citations) expect(citation).toMatchObject({ valid: true })
    }
    expect(witness.running).toBe(0)
  })

  it('shows something of the first call before the second one ends', () => {
    const witness: Witness = { requests: [], running: 0 }
    const { values: chunks } = inVirtualTime(() => answerOf(mode, 8, witness))
    const first = chunks.findIndex(({ type }) => type === 'text' || type === 'draft')
    const firstEnd = chunks.findIndex(({ type }) => type === 'finish' || (type === 'progress'))
    expect(first).toBeGreaterThanOrEqual(0)
    if (mode === 'compact' || mode === 'refine') expect(first).toBeLessThan(firstEnd)
  })

  it('can be stopped and dropped at every moment: no call is left running, all that was used is told', () => {
    const whole: Witness = { requests: [], running: 0 }
    const { values } = inVirtualTime(() => answerOf(mode, 8, whole))
    for (let moment = 0; moment <= values.length; moment++) {
      for (const how of ['stop', 'drop'] as const) {
        const witness: Witness = { requests: [], running: 0 }
        const stop = new Subject<void>()
        let told: { inputTokens: number } | undefined
        let seen = 0
        const answer = answerOf(mode, 8, witness, { more: { ...(how === 'stop' && { stop }), onEnd: (used: { inputTokens: number }) => (told = used) } })
        const { values: chunks, error } = inVirtualTime(() =>
          answer.pipe(
            tap(() => {
              if (++seen === moment && how === 'stop') stop.next()
            }),
            how === 'drop' ? take(Math.max(1, moment)) : takeUntil(timer(1e6)),
          ),
        )
        expect(error).toBeUndefined()
        expect(witness.running).toBe(0)
        expect(told?.inputTokens).toBe(10 * witness.requests.length)
        if (how === 'stop' && moment > 0) {
          expect(chunks.filter(({ type }) => type === 'usage')).toHaveLength(1)
          expect(chunks.at(-1)?.type).toBe('finish')
        }
      }
    }
  })

  it('fails when any of its calls does, after any event, with one usage of all of them, and ends the others', () => {
    const lost = new ProviderError('lost', 'The connection was lost')
    for (const { call, after } of breaks(mode)) {
      const witness: Witness = { requests: [], running: 0 }
      const { values: chunks, error } = inVirtualTime(() => answerOf(mode, 8, witness, { broken: { call, after, end: throwError(() => lost) } }))
      expect(error).toBe(lost)
      expect(chunks.filter(({ type }) => type === 'usage')).toHaveLength(1)
      expect(chunks.at(-1)).toMatchObject({ type: 'usage', inputTokens: 10 * witness.requests.length })
      expect(witness.running).toBe(0)
    }
  })

  it('takes no call for a whole one that ends without finish, after any event', () => {
    for (const { call, after } of breaks(mode)) {
      const witness: Witness = { requests: [], running: 0 }
      const { values: chunks, error } = inVirtualTime(() => answerOf(mode, 8, witness, { broken: { call, after, end: EMPTY } }))
      expect(error).toMatchObject({ code: 'truncated' })
      expect(chunks.map(({ type }) => type)).not.toContain('finish')
      expect(witness.running).toBe(0)
    }
  })

  it('starts only the call again that broke off, after any event, and says what an unbroken answer says', async () => {
    const attempt = pipe(requireFinish(), retryStream({ afterText: 'restart', random: () => 0 }))
    const said = async (chunks: readonly Chunk[]) => {
      const { text: answer, citations, sources } = await lastValueFrom(from(chunks).pipe(toCompletion()))
      return { text: answer.replace(/call\d+/g, 'call'), citations: citations.map(({ marker, passageId }) => [marker, passageId]), sources: sources.map(({ id }) => id) }
    }
    const unbroken = await said(inVirtualTime(() => answerOf(mode, 8, { requests: [], running: 0 }, { attempt, whole: true })).values)
    for (const { call, after } of breaks(mode)) {
      const witness: Witness = { requests: [], running: 0 }
      const { values: chunks, error } = inVirtualTime(() => answerOf(mode, 8, witness, { attempt, whole: true, broken: { call, after, end: EMPTY } }))
      expect(error).toBeUndefined()
      expect(witness.requests).toHaveLength(calls[mode][2] + 1)
      expect(await said(chunks)).toEqual(unbroken)
      expect(chunks.filter(({ type }) => type === 'retry' || type === 'reset')).toHaveLength(1)
      expect(chunks.at(-2)).toMatchObject({ type: 'usage', inputTokens: 10 * witness.requests.length })
    }
  })
})

describe('the modes', () => {
  const run = (mode: ResponseModeName, count = 8) => {
    const witness: Witness = { requests: [], running: 0 }
    const { values: chunks } = inVirtualTime(() => answerOf(mode, count, witness))
    return { witness, chunks, text: textIn(chunks) }
  }

  it('compact refines over what did not fit, with the draft in the prompt and the numbers of all passages', () => {
    const { witness, chunks, text: answer } = run('compact')
    expect(answer).toBe('call2 says this [7]. ')
    expect(witness.requests[1]!.messages.at(-1)!.content).toContain('call0 says this [1]. ')
    expect(chunks.filter(({ type }) => type === 'draft').map((chunk) => chunk.type === 'draft' && [chunk.step, chunk.start])).toEqual([
      [1, true], [1, undefined], [1, undefined], [2, true], [2, undefined], [2, undefined],
    ])
    expect(chunks.flatMap((chunk) => (chunk.type === 'usage' ? chunk.calls.map(({ purpose }) => purpose) : []))).toEqual(['draft', 'draft', 'answer'])
  })

  it('simple says how many passages fit', () => {
    expect(run('simple').chunks.find(({ type }) => type === 'progress')).toEqual({ type: 'progress', stage: 'fit', done: 4, of: 8 })
    expect(run('simple', 1).chunks.map(({ type }) => type)).not.toContain('progress')
  })

  it('tree-summarize joins the answers of all groups, in order, whichever is first', () => {
    const { witness, text: answer } = run('tree-summarize')
    expect(answer).toContain('call2')
    const joined = witness.requests[2]!.messages.at(-1)!.content
    expect(['call0', 'call1'].map((name) => joined.indexOf(name)).every((at, index, all) => at > (all[index - 1] ?? -1))).toBe(true)
  })

  it('accumulate gives the answers in order with a line between, or interleaved by part', async () => {
    const { text: answer } = run('accumulate')
    expect(answer.split('\n\n---\n\n')).toHaveLength(8)
    const witness: Witness = { requests: [], running: 0 }
    const mixed = of(queryOf(3)).pipe(generateAnswer(responseModes.accumulate(witnessed(witness), { ...options, concurrency: 3, order: 'interleaved' })), toArray())
    const chunks = await lastValueFrom(mixed)
    const parts = chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.part] : []))
    expect(new Set(parts)).toEqual(new Set(['1', '2', '3']))
    expect(parts.slice(0, 3)).toEqual(['1', '2', '3'])
  })

  it('context-only gives the passages and asks no model', () => {
    const { witness, text: answer, chunks } = run('context-only', 2)
    expect(witness.requests).toEqual([])
    expect(answer).toMatch(/^\[1\] d0, line 1\nfact0[\s\S]+\n\n\[2\] d1/)
    expect(chunks.at(-2)).toMatchObject({ type: 'usage', calls: [] })
  })

  it('send an answer in one call when all passages fit', () => {
    for (const mode of ['compact', 'tree-summarize', 'simple'] as const) expect(run(mode, 2).witness.requests).toHaveLength(1)
  })
})
