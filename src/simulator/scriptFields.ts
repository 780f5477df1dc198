import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { ScriptedAnswer } from './script.ts'
import { type Fields, type Reader, type Variants, amount, anything, expected, list, object, objectIn, oneOf, text, truth, value, variant, whole, wrong } from './shape.ts'

const distributions: Variants = {
  uniform: [{ minMs: amount(), maxMs: amount() }, 'minMs', 'maxMs'],
  exponential: [{ meanMs: amount() }, 'meanMs'],
  lognormal: [{ medianMs: amount(), sigma: amount() }, 'medianMs', 'sigma'],
}

const delay: Reader = (given, place) => {
  if (typeof given === 'number') return amount()(given, place)
  if (typeof given !== 'object' || given === null) throw expected(place, 'milliseconds or a distribution', given)
  const read = variant('distribution', distributions)(given, place) as { readonly minMs?: number; readonly maxMs?: number }
  if ((read.minMs ?? 0) > (read.maxMs ?? Number.POSITIVE_INFINITY)) throw wrong(place, 'expected minMs to be at most maxMs')
  return read
}

const headers: Reader = (given, place) => {
  for (const [name, header] of Object.entries(objectIn(given, place))) {
    const read = text(header, { ...place, path: `${place.path}.${name}` }) as string
    try {
      validateHeaderName(name)
      validateHeaderValue(name, read)
    } catch {
      throw wrong(place, `${JSON.stringify(name)} is no header that can be sent`)
    }
  }
  return given
}

const brokenOff: Variants[string] = [{ afterEvents: whole(0), afterBytes: whole(0) }]
export const faults: Variants = {
  status: [{ status: whole(200, 599), headers, body: anything, retryAfterMs: amount(), retryAfterSeconds: amount() }, 'status'],
  content: [{ contentType: text, body: text }, 'contentType', 'body'],
  'json-error': [{ error: anything }],
  'content-type': [{ contentType: text }],
  'error-object': [{ afterEvents: whole(0), error: anything }, 'afterEvents'],
  'error-event': [{ afterEvents: whole(0), error: anything }, 'afterEvents'],
  malformed: [{ afterEvents: whole(0), data: text }, 'afterEvents'],
  cut: brokenOff,
  close: brokenOff,
  reset: brokenOff,
  stall: brokenOff,
  comments: [{ afterEvents: whole(0), everyMs: amount() }, 'afterEvents'],
  'hold-open': [{}],
  silence: [{}],
}

export const fault = variant('type', faults)

export const answerFields: Fields = {
  text,
  template: text,
  tokens: whole(0, 10_000_000),
  reasoning: text,
  toolCalls: list(object({ id: text, name: text, arguments: text }, ['id', 'name', 'arguments'])),
  question: text,
  weight: amount(),
  continues: truth,
  overlap: whole(0),
  tokensPerEvent: whole(1, 1_000_000),
  headersDelayMs: delay,
  firstDelayMs: delay,
  delayMs: delay,
  roleFirst: truth,
  usage: oneOf('asked', 'always', 'never'),
  finishReason: value('a text or null', (given) => given === null || typeof given === 'string'),
  done: truth,
  sliceBytes: whole(1),
  headers,
  body: (given, place) => (given instanceof Uint8Array ? given : Buffer.from(text(given, place) as string)),
  fault,
}

export const answer: Reader = (given, place) => {
  const read = object(answerFields)(given, place) as ScriptedAnswer
  const texts = (['text', 'template', 'tokens'] as const).filter((field) => read[field] !== undefined)
  if (texts.length > 1) throw wrong(place, `give one of ${texts.join(' and ')}, not both`)
  return read
}

export const answerList: Reader = (given, place) => {
  const read = list(answer)(given, place) as readonly ScriptedAnswer[]
  if (read.length === 0) throw expected(place, 'at least one answer', given)
  return read
}

/** Those of several answers with an order. */
export const scriptFields: Fields = {
  answers: answerList,
  order: oneOf('in-turn', 'random'),
  seed: whole(0),
  faults: list(fault),
  faultRate: amount(1),
}
