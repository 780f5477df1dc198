// Stream an answer to the terminal and into a file at once. The file grows as answer.md.part and takes its name at the end.
//   node examples/into-file.ts answer.md
import { lastValueFrom } from 'rxjs'
import { answer, createGate, fanOut, ingest, memoryStore } from 'riffle-rx'
import { filesIn, toFile, toStdout } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

const path = process.argv[2] ?? 'answer.md'
const store = memoryStore()
await lastValueFrom(ingest(filesIn(new URL('documents', import.meta.url).pathname), { store }))

// A slow file holds the gate, and the model waits: nothing piles up.
const gate = createGate()
const answer$ = answer('What happens to values emitted before a retry?', { store, model: extractive(), gate })
const [shown, saved] = await lastValueFrom(answer$.pipe(fanOut(toStdout({ gate }), toFile(path, { gate }))))

if (!saved.ok) throw saved.error
console.log(`\n${shown.ok ? shown.summary.characters : 0} characters shown, ${saved.summary.complete ? 'whole' : 'partial'} answer saved`)
