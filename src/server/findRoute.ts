import { type Incoming, RequestError } from './incoming.ts'
import type { Route } from './route.ts'
import { allRoutes } from './routes.ts'

/** `/stream-question/` is `/stream-question`. */
export function findRoute({ method, url }: Incoming): { readonly route: Route; readonly run: string } {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname
  const segments = path.split('/')
  const fitting = allRoutes.filter((route) => {
    const parts = route.path.split('/')
    return parts.length === segments.length && parts.every((part, index) => part === '{run}' || part === segments[index])
  })
  if (fitting.length === 0) throw new RequestError(404, 'not-found', 'There is nothing at this address; /openapi.json names what there is')
  const route = fitting.find((known) => known.method === method || (method === 'HEAD' && known.head))
  if (route === undefined) {
    throw new RequestError(405, 'method', `Expected ${fitting.map((known) => known.method).join(' or ')}`, { allow: fitting.map((known) => known.method).join(', ') })
  }
  return { route, run: segments[route.path.split('/').indexOf('{run}')] ?? '' }
}
