// node bench/bm25.ts [passages]
//
// The search by words over 100,000 generated passages, whose words are drawn as in a language: a few often, most seldom.
// Questions of 5 to 15 words are drawn the same way, so frequent words are in nearly all. Each store is asked the same ones,
// in turns: a whole process that opens the index and asks one (as `riffle ask --index` does), then one store that stays.
// FTS5's own ranking over the same file is asked beside it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { lastValueFrom } from 'rxjs'
import { type Passage, type PassageStore, type SearchRequest, memoryStore } from 'riffle-rx'
import { sqliteStore } from 'riffle-rx/sqlite'
import { machine, median } from './machine.ts'

const [first, second] = process.argv.slice(2)
const words = 60_000
const passagesOfDocument = 20
let state = 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
/** The word at rank r about as often as 1 / (r + 20): the stop words in front of them are out already. */
const word = () => lettersOf(Math.floor(20 * (((words + 20) / 20) ** random() - 1)))
/** No digits, which would make it a name of several parts, and no vowels, which have endings. */
const lettersOf = (rank: number): string => `x${rank.toString(16).replace(/./g, (digit) => 'bdfgkmnprtvzlhjw'[Number.parseInt(digit, 16)] ?? '')}`
const text = (length: number) => Array.from({ length }, word).join(' ')
const draw = <T>(seed: number, make: () => T): T => {
  state = seed
  return make()
}
const questions = (count: number, seed: number) => draw(seed, () => Array.from({ length: count }, () => text(5 + Math.floor(random() * 11))))
const search = (store: PassageStore, request: SearchRequest) => lastValueFrom(store.search(request))
const timed = async (work: () => unknown) => {
  const start = performance.now()
  await work()
  return performance.now() - start
}
const figures = (times: readonly number[]) => {
  const sorted = times.toSorted((a, b) => a - b)
  return `p50 ${median(times).toFixed(1)} ms, p90 ${(sorted[Math.floor(sorted.length * 0.9)] ?? 0).toFixed(1)} ms, most ${(sorted.at(-1) ?? 0).toFixed(1)} ms`
}

if (first === 'once') {
  // The child: the index and one question, which is all that is timed.
  const [question = ''] = questions(1, Number(process.argv[4]))
  const took = await timed(async () => {
    const store = sqliteStore(second ?? '')
    await search(store, { text: question, topK: 5 })
    store.close()
  })
  console.log(took)
} else {
  await compare(Number(first ?? 100_000))
}

async function compare(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'riffle-bm25-'))
  const path = join(folder, 'index.sqlite')
  try {
    console.log(machine())
    const [memory, sqlite] = [memoryStore(), sqliteStore(path)]
    const fill = async (store: PassageStore) =>
      draw(2, async () => {
        for (let start = 0; start < count; start += passagesOfDocument) {
          const id = `d${String(start / passagesOfDocument).padStart(5, '0')}`
          const passages = Array.from({ length: passagesOfDocument }, (_, place) => passageOf(id, place, text(60 + Math.floor(random() * 120))))
          await lastValueFrom(store.upsert({ document: { id, metadata: { number: start / passagesOfDocument, even: start % 40 === 0 } }, fingerprint: id }, passages))
        }
      })
    const before = process.memoryUsage().rss
    const filling = [await timed(() => fill(memory))]
    const held = process.memoryUsage().rss - before
    filling.push(await timed(() => fill(sqlite)))
    sqlite.close()
    console.log(`${count} passages of 60 to 180 words; written in memory in ${seconds(filling[0])}, ${(held / 2 ** 20).toFixed(0)} MiB; to sqlite in ${seconds(filling[1])}, ${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`)

    const once = Array.from({ length: 15 }, (_, seed) => Number(execFileSync(process.execPath, [import.meta.filename, 'once', path, String(seed + 100)], { encoding: 'utf8' })))
    const stays = sqliteStore(path)
    const fts = new DatabaseSync(path, { readOnly: true }).prepare('SELECT rowid, rank FROM terms WHERE terms MATCH ? ORDER BY rank LIMIT 5')
    const times = { ours: [] as number[], memory: [] as number[], fts: [] as number[], filtered: [] as number[], phrase: [] as number[] }
    for (const question of questions(200, 7)) {
      times.ours.push(await timed(() => search(stays, { text: question, topK: 5 })))
      times.memory.push(await timed(() => search(memory, { text: question, topK: 5 })))
      times.fts.push(await timed(() => fts.all([...new Set(question.split(' '))].map((term) => `"${term}"`).join(' OR '))))
      times.filtered.push(await timed(() => search(stays, { text: question, topK: 5, filter: { field: 'even', equals: true } })))
      times.phrase.push(await timed(() => search(stays, { text: `"${question.split(' ').slice(0, 2).join(' ')}" ${question}`, topK: 5 })))
    }
    console.log(`sqlite, a process that opens it and asks once: ${figures(once)}`)
    console.log(`sqlite, a store that stays, first question:    ${(times.ours[0] ?? 0).toFixed(1)} ms`)
    console.log(`sqlite, the ${times.ours.length - 1} questions behind it:           ${figures(times.ours.slice(1))}`)
    console.log(`sqlite, with a filter that half of them match: ${figures(times.filtered.slice(1))} (the first, which reads the metadata: ${(times.filtered[0] ?? 0).toFixed(1)} ms)`)
    console.log(`sqlite, with a phrase of two words:            ${figures(times.phrase)}`)
    console.log(`memory:                                        ${figures(times.memory)}`)
    console.log(`FTS5's own ranking of the same file:           ${figures(times.fts)}`)
    stays.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function passageOf(documentId: string, place: number, content: string): Passage {
  return { id: `${documentId}#${place}`, documentId, text: content, start: place * 10_000, end: place * 10_000 + content.length, tokens: content.length, headings: [], line: 1 }
}

function seconds(time = 0): string {
  return `${(time / 1000).toFixed(0)} s`
}
