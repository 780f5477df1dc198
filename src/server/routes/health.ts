import { json } from '../reply.ts'
import type { Route } from '../route.ts'

/** The process answers. */
export const healthz: Route = { method: 'GET', path: '/healthz', reply: () => json(200, { status: 'ok' }) }
