// node bench/vectors.ts [embeddings …]
//
// The five nearest of 10,000 and of 100,000 embeddings of 1536 numbers, on one core: a store as it is, which compares bytes first and is exact by bounds, one
// that is told to compare floats only, and a plain loop over one block of the same numbers. Half of the embeddings are random, half lie in 1,000 clusters, and
// so do the questions. Every question is asked of all, in turns; the loop's best ten say what is right.
// Then search by words, by vectors and by both over the same passages, in memory and in SQLite, each question in all three ways.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { type EmbeddedPassage, type PassageStore, type ScoredPassage, type SearchRequest, memoryStore } from 'riffle-rx'
import { sqliteStore } from 'riffle-rx/sqlite'
import { machine, median } from './machine.ts'

const dimensions = 1536
const passagesOfDocument = 20
const clusters = 1000
const spread = 0.3

let state = 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const numbers = (around?: Float32Array) => {
  const made = new Float32Array(dimensions)
  // Three draws are about normal.
  for (let index = 0; index < dimensions; index++) {
    const value = random() + random() + random() - 1.5
    made[index] = around === undefined ? value : around[index]! + spread * value
  }
  return made
}
const centres = Array.from({ length: clusters }, () => numbers())
const next = (number: number) => numbers(number % 2 === 0 ? undefined : centres[Math.floor(random() * clusters)])
/** Words as in bench/bm25.ts: a few often, most seldom. */
const word = () => `x${Math.floor(20 * (3001 ** random() - 1)).toString(16).replace(/./g, (digit) => 'bdfgkmnprtvzlhjw'[Number.parseInt(digit, 16)] ?? '')}`
const text = (length: number) => Array.from({ length }, word).join(' ')

console.log(machine())
for (const count of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10_000, 100_000]) await compare(count)

async function compare(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'riffle-vectors-'))
  try {
    const block = new Float32Array(count * dimensions)
    const stores = { floats: memoryStore({ vectors: { int8AboveBytes: Number.POSITIVE_INFINITY } }), bytes: memoryStore(), sqlite: sqliteStore(join(folder, 'index.sqlite')) }
    for (let start = 0; start < count; start += passagesOfDocument) {
      const passages = Array.from({ length: passagesOfDocument }, (_, place) => passageOf(start, place))
      for (const [place, { embedding }] of passages.entries()) block.set(unit(embedding), (start + place) * dimensions)
      const document = { document: { id: `d${start}` }, fingerprint: `d${start}` }
      await lastValueFrom(stores.bytes.upsert(document, passages))
      await lastValueFrom(stores.sqlite.upsert(document, passages))
      await lastValueFrom(stores.floats.upsert(document, passages.map((passage) => ({ ...passage, text: '' }))))
    }
    await compareScans(count, block, stores)
    console.log(await compareHybrid('memory', stores.bytes))
    console.log(await compareHybrid('sqlite', stores.sqlite))
    for (const store of Object.values(stores)) store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compareScans(count: number, block: Float32Array, stores: { floats: PassageStore; bytes: PassageStore }): Promise<void> {
  const rounds = count > 50_000 ? 25 : 100
  const times = { loop: [] as number[], floats: [] as number[], bytes: [] as number[], first: [] as number[] }
  let found = { floats: 0, bytes: 0 }
  // Bytes are made with the first searches, a part with each.
  for (let round = 0; round < count / 5000 + 5; round++) times.first.push((await timed(() => nearest(stores.bytes, next(round), 5))).time)
  for (let round = 0; round < rounds; round++) {
    const question = next(round)
    times.loop.push((await timed(() => plainLoop(block, unit(question), 5))).time)
    times.floats.push((await timed(() => nearest(stores.floats, question, 5))).time)
    times.bytes.push((await timed(() => nearest(stores.bytes, question, 5))).time)
    const right = new Set(plainLoop(block, unit(question), 10))
    const hits = async (store: PassageStore) => (await nearest(store, question, 10)).filter(({ start, documentId }) => right.has(Number(documentId.slice(1)) + start / 1000)).length
    found = { floats: found.floats + (await hits(stores.floats)), bytes: found.bytes + (await hits(stores.bytes)) }
  }
  const line = (name: string, measured: readonly number[], hits?: number) => {
    const recall = hits === undefined ? '' : `, recall@10 ${(hits / (10 * rounds)).toFixed(4)}`
    console.log(`  ${name.padEnd(34)}${median(measured).toFixed(2).padStart(8)} ms  x ${(median(times.loop) / median(measured)).toFixed(1)}${recall}`)
  }
  console.log(`\n${count} x ${dimensions}, five nearest, medians of ${rounds} questions`)
  line('plain loop over one block', times.loop)
  line('memoryStore', times.bytes, found.bytes)
  line(`the same, first ${times.first.length} questions`, times.first)
  line('memoryStore, floats only', times.floats, found.floats)
}

/** Each question in all ways, the order of which changes. */
async function compareHybrid(name: string, store: PassageStore): Promise<string> {
  const times = { bm25: [] as number[], vector: [] as number[], hybrid: [] as number[] }
  const ways = ['bm25', 'vector', 'hybrid'] as const
  for (let round = 0; round < 90; round++) {
    const request = { text: text(5 + Math.floor(random() * 11)), embedding: next(round), topK: 5 }
    // What is read of the question's words for the first time counts for none of the three.
    await search(store, { ...request, retrieval: 'bm25' })
    for (let turn = 0; turn < 3; turn++) {
      const retrieval = ways[(round + turn) % 3] ?? 'hybrid'
      const { time } = await timed(() => search(store, { ...request, retrieval }))
      if (round >= 30) times[retrieval].push(time)
    }
  }
  const [words, vectors, both] = [median(times.bm25), median(times.vector), median(times.hybrid)]
  return `  ${name}: words ${words.toFixed(2)} ms, vectors ${vectors.toFixed(2)} ms, hybrid ${both.toFixed(2)} ms: the slower half ${signed(both / Math.max(words, vectors) - 1)}`
}

function passageOf(start: number, place: number): EmbeddedPassage {
  const documentId = `d${start}`
  return { id: `${documentId}#${place}`, documentId, text: text(100), start: place * 1000, end: place * 1000 + 999, tokens: 100, headings: [], line: 1, embedding: next(start + place) }
}

function search(store: PassageStore, request: SearchRequest): Promise<readonly ScoredPassage[]> {
  return lastValueFrom(store.search(request))
}

function nearest(store: PassageStore, embedding: Float32Array, topK: number): Promise<readonly ScoredPassage[]> {
  return search(store, { text: '', embedding, topK, retrieval: 'vector' })
}

/** The places of the best, best first. */
function plainLoop(block: Float32Array, question: Float32Array, topK: number): number[] {
  const best: { place: number; score: number }[] = []
  for (let place = 0; place * dimensions < block.length; place++) {
    const start = place * dimensions
    let score = 0
    for (let index = 0; index < dimensions; index++) score += block[start + index]! * question[index]!
    if (best.length === topK && score <= best[topK - 1]!.score) continue
    best.push({ place, score })
    best.sort((a, b) => b.score - a.score)
    best.length = Math.min(best.length, topK)
  }
  return best.map(({ place }) => place)
}

function unit(embedding: Float32Array): Float32Array {
  const length = Math.hypot(...embedding)
  return embedding.map((value) => value / length)
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ time: number; result: T }> {
  const start = performance.now()
  const result = await work()
  return { time: performance.now() - start, result }
}

function signed(share: number): string {
  return `${share < 0 ? '-' : '+'} ${Math.abs(share * 100).toFixed(0)} %`
}
