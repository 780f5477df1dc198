import { chatEvents } from '../../src/simulator/chatEvents.ts'
import type { Fault, ScriptedAnswer } from '../../src/simulator.ts'
import { randomNumbers } from '../support/fillerText.ts'
import type { CallAnswer } from './asking.ts'
import { type FaultRow, type Place, faults } from './faults.ts'
import { type PolicyName, policyNames } from './policies.ts'

/** One run of the matrix: everything in it follows from the seed. */
export interface Schedule {
  readonly seed: number
  readonly row: FaultRow
  readonly policy: PolicyName
  readonly text: string
  /** Further calls that the policy may make. */
  readonly more: number
  /** Calls that go wrong, each at a place of its own; those after them go well. */
  readonly faulty: readonly CallAnswer[]
  readonly well: ScriptedAnswer
  /** Each sink takes a turn of the event loop for each write, or none. */
  readonly slowSinks: boolean
  /** Left after so many chunks, when it has not ended by then. */
  readonly leave: { readonly by: 'stop' | 'drop'; readonly after: number } | undefined
}

const syllables = ['ri', 'ver', 'stone', 'heron', 'wá', 'ter', '鷺', 'мост', 'ß', '–', 'le', 'af', '🐟', 'no', 'qu']

/** All faults with all policies, again and again, each time with other texts and at other places. */
export function scheduleOf(seed: number): Schedule {
  const random = randomNumbers(seed * 7919 + 17)
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length - 1)]!
  const row = faults[seed % faults.length]!
  const policy = policyNames[Math.floor(seed / faults.length) % policyNames.length]!

  // No word comes twice, so that a repetition at a seam is one.
  const text = Array.from({ length: 8 + upTo(25) }, (_, index) => `${oneOf(syllables)}${oneOf(syllables)}${index.toString(36)}${oneOf(syllables)}`).join(' ')
  const well: ScriptedAnswer = {
    text,
    continues: true,
    overlap: oneOf([0, 0, 12, 25]),
    tokensPerEvent: oneOf([1, 1, 2, 3]),
    roleFirst: random() < 0.8,
    usage: oneOf(['asked', 'always', 'never'] as const),
    ...(random() < 0.2 && { reasoning: 'Let me think about it.' }),
    ...(random() < 0.3 && { firstDelayMs: upTo(4), delayMs: upTo(2) }),
    ...(random() < 0.3 && { sliceBytes: 1 + upTo(300) }),
  }
  const more = 1 + upTo(2)
  const faulty = Array.from({ length: 1 + upTo(more) }, () => {
    const { answer } = row
    return typeof answer === 'string' ? answer : { ...well, ...answer(placeIn(well, random)) }
  })
  return { seed, row, policy, text, more, faulty, well, slowSinks: random() < 0.3, leave: random() < 0.15 ? { by: oneOf(['stop', 'drop']), after: 1 + upTo(20) } : undefined }
}

const request = { model: 'm', messages: [], streamed: true, usageAsked: true }

function placeIn(answer: ScriptedAnswer, random: () => number): Place {
  const events = [...chatEvents(answer, request)]
  const withText = events.flatMap((event, index) => (textIn(event) === '' ? [] : [index]))
  const [first = 0] = withText
  const last = withText.at(-1) ?? 0
  const late = first + 1 + Math.floor(random() * (last - first))
  const bytesBefore = (count: number) => Buffer.byteLength(events.slice(0, count).join(''))
  const [from, to] = [bytesBefore(first + 1), bytesBefore(last)]
  return { early: Math.floor(random() * (first + 1)), late, bytes: from + Math.floor(random() * Math.max(1, to - from)) }
}

function isAtEnd({ type }: Fault): boolean {
  return type === 'hold-open' || type === 'close' || type === 'stall'
}

/** What an event of the simulator says: read by the simplest means, not by what is tested. */
export function textIn(event: string): string {
  const body = /^data: (\{.*\})\n\n$/.exec(event)?.[1]
  if (body === undefined) return ''
  const { choices } = JSON.parse(body) as { readonly choices: readonly { readonly delta: { readonly content?: string } }[] }
  return choices[0]?.delta.content ?? ''
}

/** The text that the events of an answer bring, as far as its fault lets them. */
export function textSent(answer: ScriptedAnswer, messages: readonly { readonly role: string; readonly content: string }[]): string {
  const { fault } = answer
  const afterEvents = (fault && 'afterEvents' in fault ? fault.afterEvents : undefined) ?? Infinity
  const afterBytes = (fault && 'afterBytes' in fault ? fault.afterBytes : undefined) ?? Infinity
  if (fault && !('afterEvents' in fault) && !('afterBytes' in fault) && !isAtEnd(fault)) return ''
  let sent = ''
  let bytes = 0
  for (const [index, event] of [...chatEvents(answer, { ...request, messages: messages.map(({ role, content }) => ({ role, text: content })) })].entries()) {
    bytes += Buffer.byteLength(event)
    if (index >= afterEvents || bytes > afterBytes) break
    sent += textIn(event)
  }
  return sent
}
