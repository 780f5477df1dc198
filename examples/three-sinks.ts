// One answer to the terminal, a file and an object at the same time: the model is asked once, and each sink ends in its own way.
//   node examples/three-sinks.ts
// Prints:
//   Herons stand still and wait.
//   heron.txt: Herons stand still and wait.
//   stop: 6 tokens
//   InputError: Cannot write no-such-folder/heron.txt.part: it does not exist
//   requests: 1
import { readFileSync } from 'node:fs'
import { lastValueFrom } from 'rxjs'
import { answer, createGate, fanOut, memoryStore, toCompletion } from 'riffle-rx'
import { toFile, toStdout } from 'riffle-rx/node'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

const server = await startSimulator({ script: { text: 'Herons stand still and wait.\n', delayMs: 20 } })
const model = openai({ model: 'scripted', baseUrl: server.url })

// The query's gate: while a sink is behind, no more is read from the model's socket.
const gate = createGate()
const chunks = answer('What do herons do?', { store: memoryStore(), model, gate })
const sinks = fanOut(
  toStdout({ gate }),
  toFile('heron.txt', { gate }),
  toCompletion(),
  // There is no such folder: a sink that fails disturbs no other.
  toFile('no-such-folder/heron.txt', { gate }),
)
const [, saved, whole, lost] = await lastValueFrom(chunks.pipe(sinks))

if (saved.ok) console.log(`${saved.summary.path}: ${readFileSync(saved.summary.path, 'utf8').trim()}`)
if (whole.ok) console.log(`${whole.summary.finishReason}: ${whole.summary.usage?.outputTokens} tokens`)
if (!lost.ok) console.log(String(lost.error))
console.log(`requests: ${server.record.requests.length}`)
await server.close()
