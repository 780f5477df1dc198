import type { Route } from './route.ts'
import { getAnswer, postAnswer, resumeAnswer, stopAnswer } from './routes/answers.ts'
import { healthz } from './routes/health.ts'
import { streamQuestion } from './routes/streamQuestion.ts'

export const routes: readonly Route[] = [streamQuestion, postAnswer, getAnswer, resumeAnswer, stopAnswer, healthz]
