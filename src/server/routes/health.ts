import { json, problem } from '../reply.ts'
import type { Route } from '../route.ts'

/** The process answers. */
export const healthz: Route = { method: 'GET', path: '/healthz', head: true, reply: () => json(200, { status: 'ok' }) }

/** Questions can be answered: 503 before the documents are there, and while the server closes. */
export const readyz: Route = {
  method: 'GET',
  path: '/readyz',
  head: true,
  reply: (_, { isReady }) => (isReady() ? json(200, { status: 'ready' }) : problem(503, 'not-ready', 'Not ready, or closing')),
}
