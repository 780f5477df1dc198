// Many questions, four at a time: the next one is taken when one is done, so a list of any length fits in memory.
//   node examples/many-questions.ts
import { lastValueFrom, tap } from 'rxjs'
import { answer, ingest, memoryStore, pullMap, toCompletion } from 'riffle-rx'
import { filesIn } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

const questions = [
  'How do I limit mergeMap?',
  'How many grams of coffee for a litre of water?',
  'Which operator keeps the order of results?',
  'Who wrote the Iliad?',
]

const store = memoryStore()
await lastValueFrom(ingest(filesIn(new URL('documents', import.meta.url).pathname), { store }))

const answers = pullMap(
  questions,
  (question) => answer(question, { store, model: extractive() }).pipe(toCompletion({ question })),
  { concurrency: 4 },
)
await lastValueFrom(
  answers.pipe(
    tap(({ question, citations }) => {
      const quotes = citations.map(({ quote }) => quote).filter((quote) => quote !== undefined)
      console.log(`${question}\n  ${quotes[0]?.split('\n')[0] ?? '(nothing found)'}`)
    }),
  ),
)
