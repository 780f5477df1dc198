import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatEvents } from '../../src/simulator/chatEvents.ts'
import type { ChatRequest } from '../../src/simulator/chatRequest.ts'
import { createEventCache } from '../../src/simulator/eventCache.ts'
import { createNumberHeap } from '../../src/simulator/numberHeap.ts'
import type { ScriptedAnswer } from '../../src/simulator/script.ts'

describe('the event cache', () => {
  it('gives the events that are made without it, for any answers in any order', () => {
    const answer: fc.Arbitrary<ScriptedAnswer> = fc
      .record(
        {
          template: fc.constantFrom('a b c', '{question}', ''),
          reasoning: fc.constantFrom('', 'a b c'),
          tokensPerEvent: fc.constantFrom(1, 2),
          roleFirst: fc.boolean(),
          finishReason: fc.constantFrom('stop', null),
          done: fc.boolean(),
          usage: fc.constantFrom('always' as const, 'never' as const),
          continues: fc.boolean(),
          toolCalls: fc.constantFrom([], [{ id: '1', name: 'f', arguments: '{"a": 1}' }]),
        },
        { requiredKeys: [] },
      )
    const content = fc.constantFrom('a', 'b c', 'x'.repeat(20_000))
    const request: fc.Arbitrary<ChatRequest> = fc.record({
      model: fc.constantFrom('m', 'n"'),
      messages: fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), text: content }), { maxLength: 3 }),
      streamed: fc.constant(true),
      usageAsked: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(answer, request), { maxLength: 40 }), (asked) => {
        const eventsOf = createEventCache()
        for (const [each, from] of asked) expect([...eventsOf(each, from)]).toEqual([...chatEvents(each, from)])
      }),
      { seed: 8 },
    )
  })

  it('never keeps the events of long answers', () => {
    const request: ChatRequest = { model: 'm', messages: [], streamed: true, usageAsked: false }
    const eventsOf = createEventCache()
    expect(Array.isArray(eventsOf({ text: 'a'.repeat(16_384) }, request))).toBe(true)
    expect(Array.isArray(eventsOf({ text: 'a'.repeat(16_385) }, request))).toBe(false)
  })
})

describe('a heap of numbers', () => {
  it('gives the least each time', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })), (actions) => {
        const heap = createNumberHeap()
        const all: number[] = []
        for (const value of actions) {
          if (value === undefined) {
            all.sort((a, b) => a - b)
            expect(heap.pop()).toBe(all.shift() ?? Number.POSITIVE_INFINITY)
          } else {
            heap.push(value)
            all.push(value)
          }
          expect(heap.least).toBe(Math.min(...all))
        }
      }),
      { seed: 9 },
    )
  })
})
