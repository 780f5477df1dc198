// One model is down, the connections of the other break: retries inside each model's turn, and the next model behind the first.
//   node examples/retry-and-fallback.ts
// Prints:
//   retry: server-error
//   retry: server-error
//   retry: server-error
//   retry: truncated
//   reset: truncated
//   stop: Herons stand still and wait.
//   calls: large, large, large, small, small, small
import { lastValueFrom, pipe, tap } from 'rxjs'
import { type Chunk, answer, createRetryBudget, fallback, memoryStore, requireFinish, retryStream, timeLimits, toCompletion } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

const down = await startSimulator({ script: { fault: { type: 'status', status: 503 } } })
// The first connection breaks before any text, the second in the middle of it.
const shaky = await startSimulator({
  script: [
    { fault: { type: 'close', afterEvents: 0 } },
    { text: 'Herons stand still.', fault: { type: 'close', afterEvents: 3 } },
    { text: 'Herons stand still and wait.' },
  ],
})

const model = fallback([openai({ model: 'large', baseUrl: down.url }), openai({ model: 'small', baseUrl: shaky.url })], {
  attempt: pipe(
    timeLimits({ firstTextMs: 20_000, nextTextMs: 10_000 }),
    requireFinish(),
    retryStream({ afterText: 'restart', baseDelayMs: 10, budget: createRetryBudget() }),
  ),
})

const tell = (chunk: Chunk) => {
  if (chunk.type === 'retry' || chunk.type === 'reset') console.log(`${chunk.type}: ${chunk.error.code}`)
}
const { text, finishReason, usage } = await lastValueFrom(
  answer('What do herons do?', { store: memoryStore(), model }).pipe(tap(tell), toCompletion()),
)
console.log(`${finishReason}: ${text}`)
console.log(`calls: ${usage?.calls.map(({ model }) => model).join(', ')}`)
await Promise.all([down.close(), shaky.close()])
