import { InputError } from '../../errors.ts'
import type { Fault } from '../../simulator/fault.ts'
import { nearest } from '../../simulator/shape.ts'

/** The role, and four texts. */
const defaultEvents = 5
const html = { type: 'content', contentType: 'text/html', body: '<!doctype html><title>502 Bad Gateway</title><h1>Bad Gateway</h1>\n' } as const

const simple: Readonly<Record<string, Fault>> = {
  html,
  'json-error': { type: 'json-error' },
  'content-type': { type: 'content-type' },
  'hold-open': { type: 'hold-open' },
  silence: { type: 'silence' },
}
const byEvents = ['error-object', 'error-event', 'malformed', 'comments'] as const
const byPlace = ['cut', 'close', 'reset', 'stall'] as const
const kinds = ['status', ...byPlace, ...byEvents, ...Object.keys(simple)]

/** `close`, `close:5` (events), `cut:200b` (bytes), `status:503`, `html`, … */
export function parseFault(given: string): Fault {
  const [kind = '', after] = given.split(/:(.*)/, 2)
  const found = Object.hasOwn(simple, kind) ? simple[kind] : undefined
  if (found) {
    if (after !== undefined) throw new InputError(`Expected --fault ${kind} alone, got ${JSON.stringify(given)}.`)
    return found
  }
  if (kind === 'status') return { type: 'status', status: numberIn(given, after ?? '503', /^([2-5]\d\d)$/, 'a status from 200 to 599') }
  const type = byEvents.find((name) => name === kind)
  if (type) return { type, afterEvents: numberIn(given, after ?? String(defaultEvents), /^(\d{1,9})$/, 'a number of events') }
  const broken = byPlace.find((name) => name === kind)
  if (!broken) throw new InputError(`There is no fault ${JSON.stringify(kind)}; the nearest is ${nearest(kind, kinds)}. Known are ${kinds.join(', ')}.`)
  if (after?.endsWith('b')) return { type: broken, afterBytes: numberIn(given, after, /^(\d{1,12})b$/, 'a number of bytes such as 200b') }
  return { type: broken, afterEvents: numberIn(given, after ?? String(defaultEvents), /^(\d{1,9})$/, 'a number of events, or of bytes such as 200b') }
}

function numberIn(given: string, after: string, pattern: RegExp, what: string): number {
  const [, digits] = pattern.exec(after) ?? []
  if (digits === undefined) throw new InputError(`Expected ${what} after the colon of --fault, got ${JSON.stringify(given)}.`)
  return Number(digits)
}
