// Many questions from a file, four at a time: the next is read when one is done, so a file of any length fits in memory.
//   node examples/many-questions.ts
// Prints, in any order:
//   iliad: nothing found
//   coffee: Use 60 grams of coffee for a litre of water.
//   limit: `mergeMap` takes the number of inner subscriptions as its second argument.
//   drop: `concatMap` runs one inner Observable after the other, so results keep the order of the source. `switchMap` drops the running inner Observable when the next item comes.
import { fileURLToPath } from 'node:url'
import { catchError, lastValueFrom, map, of, tap } from 'rxjs'
import { answer, ingest, memoryStore, pullMap, toCompletion, toErrorInfo } from 'riffle-rx'
import { filesIn, readNdjson } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const store = memoryStore()
await lastValueFrom(ingest(filesIn(here('documents')), { store }))

const questions = readNdjson<{ id: string; text: string }>(here('questions.jsonl'))
const lines = pullMap(
  questions,
  ({ id, text: question }) =>
    answer(question, { id, store, model: extractive() }).pipe(
      toCompletion({ id, question }),
      map(({ citations }) => `${id}: ${citations[0]?.quote ?? 'nothing found'}`),
      // Caught in here, one failed answer does not end the others.
      catchError((error: unknown) => of(`${id}: ${toErrorInfo(error).message}`)),
    ),
  { concurrency: 4 },
)
await lastValueFrom(lines.pipe(tap((line) => console.log(line))))
