import { firstValueFrom } from 'rxjs'
import { sqliteStore } from '../../src/stores/sqlite/sqliteStore.ts'

// Searches the index named first, without a pause, until it is told to stop; prints what it saw.

const store = sqliteStore(process.argv[2] ?? '')
let searches = 0
let passages = 0
const stopped = new AbortController()
const wrong: string[] = []
process.stdin.on('end', () => stopped.abort())
process.stdin.resume()
process.stdout.write('ready\n')

while (!stopped.signal.aborted) {
  try {
    const found = await firstValueFrom(store.search({ text: 'version sentence', topK: 100_000 }))
    const versions = new Map<string, string>()
    for (const { documentId, text } of found) {
      const seen = new Set(text.match(/v\d+/g))
      const version = versions.get(documentId) ?? [...seen][0] ?? ''
      versions.set(documentId, version)
      if (seen.size > 1 || (seen.size === 1 && !seen.has(version))) wrong.push(`${documentId}: ${version} and ${[...seen].join()}`)
    }
    passages += found.length
  } catch (error) {
    wrong.push(String(error))
  }
  searches++
  // For the end of input to be noticed.
  await new Promise((resolve) => setImmediate(resolve))
}
store.close()
process.stdout.write(`${JSON.stringify({ searches, passages, wrong: wrong.slice(0, 10) })}\n`)
