import type { Route } from './route.ts'
import { getAnswer, postAnswer, resumeAnswer, stopAnswer } from './routes/answers.ts'
import { chatCompletions, models } from './routes/chatCompletions.ts'
import { healthz, readyz } from './routes/health.ts'
import { metrics } from './routes/metrics.ts'
import { openapi } from './routes/openapi.ts'
import { pageRoutes } from './routes/page.ts'
import { passages } from './routes/passages.ts'
import { streamQuestion } from './routes/streamQuestion.ts'
import { uiChat } from './routes/uiChat.ts'

/** Those that a program asks; /openapi.json describes each. */
export const routes: readonly Route[] = [
  streamQuestion, postAnswer, getAnswer, resumeAnswer, stopAnswer, passages, chatCompletions, models, uiChat, healthz, readyz, metrics, openapi,
]

export const allRoutes: readonly Route[] = [...routes, ...pageRoutes]
