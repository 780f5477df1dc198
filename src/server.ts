/** Answers over HTTP. */
export { type Handler, type HandlerStats, handler } from './server/handler.ts'
export type { AccessEntry, HandlerOptions } from './server/options.ts'
export { type Budget, type BudgetOptions, type TokenPrice, createBudget } from './server/budget.ts'
export type { GuardOptions } from './server/guard.ts'
export type { Run } from './server/runs.ts'
export type { RunEvent, RunLog } from './server/runLog.ts'
export type { ServedQuery } from './server/servedQuery.ts'
export { type ServeOptions, type Serving, serve } from './server/serve.ts'
