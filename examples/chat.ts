// A conversation as an operator: questions in, chunks out. The second question is a follow-up, which is searched for as it can be understood alone.
//   node examples/chat.ts
// Prints:
//   1. How many grams of coffee for a litre of water?
//   Use 60 grams of coffee for a litre of water [1].
//   (answer)
//   2. And how hot should it be?
//   Just off the boil, at about 94 degrees [1].
//   (condense, answer)
import { lastValueFrom, of } from 'rxjs'
import { chat, ingest, memoryStore } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'

// In the order of the calls: an answer, the follow-up made understandable, its answer.
const texts = ['Use 60 grams of coffee for a litre of water [1].', 'How hot should the water for filter coffee be?', 'Just off the boil, at about 94 degrees [1].']
const server = await startSimulator({ script: texts.map((text) => ({ text })) })
const model = openai({ model: 'scripted', baseUrl: server.url })
const store = memoryStore()
await lastValueFrom(ingest(filesIn('examples/documents'), { store }))

const questions = of('How many grams of coffee for a litre of water?', 'And how hot should it be?')
// `queue`: the second waits for the end of the first. By default a new question stops the answer that is running.
await questions.pipe(chat({ store, model, condense: model, whenBusy: 'queue' })).forEach((chunk) => {
  if (chunk.type === 'turn') console.log(`${chunk.number}. ${chunk.question}`)
  if (chunk.type === 'text') process.stdout.write(chunk.text)
  if (chunk.type === 'usage') console.log(`\n(${chunk.calls.map(({ purpose }) => purpose).join(', ')})`)
})
await server.close()
