// Stream an answer to the terminal and into a file at once. The file grows as answer.md.part and takes its name at the end.
//   node examples/into-file.ts answer.md
// Prints:
//   Quotations from your files (offline: keyword search, no language model):
//
//   Retrying (documents/retry.md):
//
//   - “Values that were emitted before the error are not taken back: the consumer sees them twice.” [1]
//
//   206 characters shown, 210 bytes saved in answer.md
import { fileURLToPath } from 'node:url'
import { lastValueFrom } from 'rxjs'
import { answer, createGate, fanOut, ingest, memoryStore } from 'riffle-rx'
import { filesIn, toFile, toStdout } from 'riffle-rx/node'
import { extractive } from 'riffle-rx/offline'

const path = process.argv[2] ?? 'answer.md'
const store = memoryStore()
await lastValueFrom(ingest(filesIn(fileURLToPath(new URL('documents', import.meta.url))), { store }))

// A slow disk holds the gate, and the model waits: nothing piles up.
const gate = createGate()
const chunks = answer('What happens to values emitted before a retry?', { store, model: extractive(), gate })
const [shown, saved] = await lastValueFrom(chunks.pipe(fanOut(toStdout({ gate }), toFile(path, { gate }))))

if (!shown.ok) throw shown.error
if (!saved.ok) throw saved.error
console.log(`\n${shown.summary.characters} characters shown, ${saved.summary.bytes} bytes saved in ${saved.summary.path}`)
