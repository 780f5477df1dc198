import { textEncoder } from '../encoders.ts'
import { readQuery } from '../fields.ts'
import type { Route } from '../route.ts'

/** `GET /stream-question?query_text=…`: the answer's text as it comes, as services made with LlamaIndex and FastAPI have it. */
export const streamQuestion: Route = {
  method: 'GET',
  path: '/stream-question',
  reply: ({ url }, { start, modes }) => {
    const run = start(readQuery(Object.fromEntries(url.searchParams), modes))
    return { kind: 'stream', run, from: 1, encoder: textEncoder(run.id) }
  },
}
