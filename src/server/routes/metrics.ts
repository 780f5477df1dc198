import type { Route } from '../route.ts'

/** Prometheus' text format. */
export const metrics: Route = {
  method: 'GET',
  path: '/metrics',
  reply: (_, context) => ({
    kind: 'whole',
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
    body: context.metrics(),
  }),
}
