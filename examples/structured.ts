// An answer as an object by a JSON schema: it grows while it streams, and is checked at the end. The first answer of this model does not
// fit; it is shown what is wrong, and answers again.
//   node examples/structured.ts
// Prints:
//   grams
//   grams, litres
//   again: The answer is not the object that was asked for: /grams must be number
//   grams
//   grams, litres
//   {"grams":60,"litres":1}
import { lastValueFrom, tap } from 'rxjs'
import { type Chunk, answer, memoryStore, structured, toCompletion } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

const schema = { type: 'object', required: ['grams', 'litres'], properties: { grams: { type: 'number' }, litres: { type: 'number' } } }
const server = await startSimulator({ script: [{ text: '{"grams": "sixty", "litres": 1}' }, { text: '{"grams": 60, "litres": 1}' }] })
const model = structured(openai({ model: 'scripted', baseUrl: server.url }), { schema })

let shown = ''
const show = tap<Chunk>((chunk) => {
  if (chunk.type === 'reset') console.log(`again: ${chunk.error.message}`)
  const keys = chunk.type === 'object' ? Object.keys(chunk.value as object).join(', ') : ''
  if (keys !== '' && keys !== shown) console.log((shown = keys))
})
const { object } = await lastValueFrom(answer('How much coffee for how much water?', { store: memoryStore(), model }).pipe(show, toCompletion()))
console.log(JSON.stringify(object))
await server.close()
