// Looks passages up while a question is typed; when it is submitted there is nothing left to wait for but the model.
//   node examples/as-you-type.ts
// Prints:
//   coffee.md
//   coffee.md
//   Use 60 grams of coffee for a litre of water.
//   requests: 1
import { concat, delay, lastValueFrom, of } from 'rxjs'
import { answerAsYouType, ingest, memoryStore } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

const server = await startSimulator({ script: { text: 'Use 60 grams of coffee for a litre of water.' } })
const model = openai({ model: 'scripted', baseUrl: server.url })
const store = memoryStore()
await lastValueFrom(ingest(filesIn('examples/documents'), { store }))

const question = 'how much coffee'
const keystrokes = Array.from(question, (_, index) => of({ text: question.slice(0, index + 1) }).pipe(delay(5)))
const enter = of({ text: question, submitted: true }).pipe(delay(400))

await concat(...keystrokes, enter).pipe(answerAsYouType({ store, model, topK: 1 })).forEach((chunk) => {
  if (chunk.type === 'sources') console.log(chunk.passages.map(({ documentId }) => documentId.split('/').at(-1)).join(', '))
  if (chunk.type === 'text') process.stdout.write(chunk.text)
  if (chunk.type === 'finish') console.log()
})
console.log(`requests: ${server.record.requests.length}`)
await server.close()
