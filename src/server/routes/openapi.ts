import { describeRoutes } from '../describeRoutes.ts'
import { json } from '../reply.ts'
import type { Route } from '../route.ts'

/** What there is, as OpenAPI 3.1. */
export const openapi: Route = { method: 'GET', path: '/openapi.json', reply: (_, { routes, model, modes }) => json(200, describeRoutes(routes, { model, modes })) }
