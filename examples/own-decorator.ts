// A model decorator of your own: takes a model, gives a model. This one answers from a cache what was asked before.
//   node examples/own-decorator.ts
// Prints:
//   1: Herons stand still and wait. (5 tokens paid)
//   2: Herons stand still and wait. (0 tokens paid)
//   requests: 1
import { defer, from, lastValueFrom, tap } from 'rxjs'
import { type Chunk, type LanguageModel, answer, memoryStore, toCompletion } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

/** Keeps whole answers by what the model was sent. Cold, as every model: nothing happens before somebody subscribes. */
function cached(model: LanguageModel, answers = new Map<string, readonly Chunk[]>()): LanguageModel {
  return {
    ...model,
    stream: (request) =>
      defer(() => {
        const key = JSON.stringify([model.id, request.messages, request.temperature, request.maxOutputTokens])
        const known = answers.get(key)
        if (known !== undefined) {
          request.onUsage?.({ model: model.id, purpose: 'cached', inputTokens: 0, outputTokens: 0, from: 'counted' })
          return from(known)
        }
        const seen: Chunk[] = []
        return model.stream(request).pipe(
          tap((chunk) => {
            if (chunk.type !== 'mark') seen.push(chunk)
            // Only an answer that came to its end is worth keeping.
            if (chunk.type === 'finish') answers.set(key, seen)
          }),
        )
      }),
  }
}

const server = await startSimulator({ script: { text: 'Herons stand still and wait.' } })
const model = cached(openai({ model: 'scripted', baseUrl: server.url }))

for (const round of [1, 2]) {
  const { text, usage } = await lastValueFrom(answer('What do herons do?', { store: memoryStore(), model }).pipe(toCompletion()))
  console.log(`${round}: ${text} (${usage?.outputTokens} tokens paid)`)
}
console.log(`requests: ${server.record.requests.length}`)
await server.close()
