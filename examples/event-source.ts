// Watches an answer with EventSource, in Node as in a browser. The connection breaks in the middle; EventSource comes back by itself with the id of
// the last event, and gets the rest of the same answer: nothing is shown twice, and the model is asked once.
//   node examples/event-source.ts
// Prints:
//   Herons stand still and wait.
//   connections: 2, requests to the model: 1
import { EventSource } from 'eventsource' // a browser has it
import { answer, memoryStore } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { handler, serve } from 'riffle-rx/server'
import { startSimulator } from 'riffle-rx/simulator'

const simulator = await startSimulator({ script: { text: 'Herons stand still and wait.', delayMs: 100 } })
const model = openai({ model: 'scripted', baseUrl: simulator.url })
const { url, server, close } = await serve(handler({ answer: ({ question }, { stop }) => answer(question, { store: memoryStore(), model, stop }) }), { port: 0 })

const source = new EventSource(`${url}/v1/answers?question=What+do+herons+do%3F`)
let text = ''
let connections = 0
source.addEventListener('open', () => connections++)
source.addEventListener('text', ({ data }) => {
  text += (JSON.parse(data) as { text: string }).text
  if (connections === 1) server.closeAllConnections()
})
source.addEventListener('reset', () => (text = '')) // the model begins again
source.addEventListener('failed', ({ data }) => console.error(data))
await new Promise((resolve) => source.addEventListener('done', resolve))
source.close() // or it would come back

console.log(text)
console.log(`connections: ${connections}, requests to the model: ${simulator.record.requests.length}`)
await close()
await simulator.close()
