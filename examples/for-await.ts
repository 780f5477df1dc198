// An answer in a `for await` loop: the loop sets the pace, and `break` closes the model's socket.
//   node examples/for-await.ts
// Prints:
//   Herons stand still.
//   The server saw the client close the socket: the rest of the answer was never sent.
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, createGate, memoryStore, toAsyncIterable } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

// Stands for a model: a thousand sentences, a word every 10 ms.
const server = await startSimulator({ script: { text: 'Herons stand still. '.repeat(1000), delayMs: 10 } })
const model = openai({ model: 'scripted', baseUrl: server.url })

// While the loop is busy with one chunk the gate is held, and no more is read from the socket.
const gate = createGate()
const chunks = toAsyncIterable(answer('What do herons do?', { store: memoryStore(), model, gate }), { gate })

let text = ''
for await (const chunk of chunks) {
  if (chunk.type === 'text') text += chunk.text
  if (text.includes('.')) break
}
console.log(text.slice(0, text.indexOf('.') + 1))

const endOfRequest = () => server.record.requests[0]?.end
while (endOfRequest() === undefined) await sleep(1)
console.log(`The server saw the ${endOfRequest()?.by} close the socket: the rest of the answer was never sent.`)
await server.close()
