import { ndjsonEncoder, sseEncoder, textEncoder } from '../encoders.ts'
import { readQuery } from '../fields.ts'
import { type Incoming, RequestError } from '../incoming.ts'
import { empty, type StreamEncoder } from '../reply.ts'
import type { Route } from '../route.ts'
import type { Run, Runs } from '../runs.ts'

/** By `Accept`; server-sent events when it says nothing of it. */
function encoderFor({ accepts }: Incoming, run: Run): StreamEncoder {
  if (accepts('application/x-ndjson') || accepts('application/ndjson')) return ndjsonEncoder(run.id)
  if (accepts('text/plain')) return textEncoder(run.id)
  return sseEncoder(run.id)
}

/** `POST /v1/answers`: `{"question", "history"?, "top_k"?, "mode"?, …}`. */
export const postAnswer: Route = {
  method: 'POST',
  path: '/v1/answers',
  reply: async (incoming, { start, body, modes }) => {
    const run = start(readQuery(await body(incoming), modes))
    return { kind: 'stream', run, from: 1, encoder: encoderFor(incoming, run) }
  },
}

/**
 * `GET /v1/answers?question=…`, for `EventSource`. When it comes back by itself it asks the same again, with the id of the last
 * event: then the run goes on that this event is of, and nothing is generated twice.
 */
export const getAnswer: Route = {
  method: 'GET',
  path: '/v1/answers',
  reply: (incoming, { start, runs, modes }) => {
    const last = lastEvent(incoming)
    if (last !== undefined) return resume(incoming, runs, last.run, last.number)
    const run = start(readQuery(Object.fromEntries(incoming.url.searchParams), modes))
    return { kind: 'stream', run, from: 1, encoder: encoderFor(incoming, run) }
  },
}

/** `GET /v1/answers/{run}`: the run from its beginning, or from behind `Last-Event-ID`. */
export const resumeAnswer: Route = {
  method: 'GET',
  path: '/v1/answers/{run}',
  reply: (incoming, { runs }, id) => {
    const last = lastEvent(incoming)
    if (last !== undefined && last.run !== id) throw new RequestError(409, 'other-run', 'The event id is of another run')
    return resume(incoming, runs, id, last?.number ?? 0)
  },
}

/** `DELETE /v1/answers/{run}`: stops it. Its viewers still get `usage`, `finish` and `done`. */
export const stopAnswer: Route = {
  method: 'DELETE',
  path: '/v1/answers/{run}',
  reply: (_, { runs }, id) => {
    find(runs, id).stop()
    return empty(202)
  },
}

function resume(incoming: Incoming, runs: Runs, id: string, seen: number) {
  const run = find(runs, id)
  const { log } = run
  if (seen > log.last) throw new RequestError(409, 'other-run', 'The run has no event of this id')
  // Tells EventSource not to come back.
  if (log.ended && seen === log.last) return empty(204)
  if (seen + 1 < log.first) throw new RequestError(410, 'forgotten', 'What comes after this event is no longer kept')
  return { kind: 'stream' as const, run, from: seen + 1, encoder: encoderFor(incoming, run) }
}

function find(runs: Runs, id: string): Run {
  const run = runs.find(id)
  if (run === undefined) throw new RequestError(404, 'no-run', 'There is no such run; runs are kept for a short time after their end')
  return run
}

function lastEvent({ header, url }: Incoming): { readonly run: string; readonly number: number } | undefined {
  const id = header('last-event-id') ?? url.searchParams.get('last_event_id') ?? ''
  if (id === '') return undefined
  const [, run, number] = /^([0-9a-f]{32})-(\d{1,12})$/.exec(id) ?? []
  if (run === undefined) throw new RequestError(400, 'bad-event-id', 'The event id is none of this server')
  return { run, number: Number(number) }
}
