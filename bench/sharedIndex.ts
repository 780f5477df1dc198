// node bench/sharedIndex.ts ADDRESS [passages]
//
// The same passages in an index in a file and in one in PostgreSQL (at ADDRESS, in a schema of its own that is dropped at the end), each asked
// the same questions in turns: by words, by vectors exactly and from pgvector's graph, and both fused. 20 passages a document, 60 to 180 words
// each, drawn as in a language; embeddings of 384 numbers around 100 centres, which is easier for a graph than real ones are.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { Client } from 'pg'
import type { EmbeddedPassage, PassageStore, SearchRequest } from 'riffle-rx'
import { postgresStore } from 'riffle-rx/postgres'
import { sqliteStore } from 'riffle-rx/sqlite'
import { machine, median } from './machine.ts'

const [base, count = '5000'] = process.argv.slice(2)
if (base === undefined) throw new Error('Expected: node bench/sharedIndex.ts postgres://user@host/database [passages]')
const dimensions = 384
const schema = 'riffle_bench'
const address = new URL(base)
address.searchParams.set('schema', schema)

let state = 1
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
const lettersOf = (rank: number): string => `x${rank.toString(16).replace(/./g, (digit) => 'bdfgkmnprtvzlhjw'[Number.parseInt(digit, 16)] ?? '')}`
const text = (length: number) => Array.from({ length }, () => lettersOf(Math.floor(20 * ((60_020 / 20) ** random() - 1)))).join(' ')
const noise = (size: number) => Array.from({ length: dimensions }, () => (random() - 0.5) * size)
const centres = Array.from({ length: 100 }, () => noise(1))
const embedding = () => {
  const centre = centres[Math.floor(random() * centres.length)] ?? []
  return Float32Array.from(noise(1.5), (value, index) => value + (centre[index] ?? 0))
}
const documents = Array.from({ length: Math.ceil(Number(count) / 20) }, (_, document) => {
  const documentId = `docs/${document}.md`
  let start = 0
  const passages = Array.from({ length: 20 }, (__, place): EmbeddedPassage => {
    const words = text(60 + Math.floor(random() * 120))
    const passage = { id: `${documentId}#${place}`, documentId, text: words, start, end: start + words.length, tokens: 100, headings: [], line: place + 1, embedding: embedding() }
    start = passage.end + 1
    return passage
  })
  return { document: { id: documentId, metadata: { half: document % 2 } }, fingerprint: '1', passages }
})
const questions = Array.from({ length: 100 }, () => ({ text: text(5 + Math.floor(random() * 11)), embedding: embedding() }))

const administer = async (sql: string) => {
  const client = new Client(base)
  await client.connect()
  try {
    return (await client.query<{ n: string }>(sql)).rows
  } finally {
    await client.end()
  }
}
const write = async (store: PassageStore) => {
  const start = performance.now()
  for (const { passages, ...stored } of documents) await lastValueFrom(store.upsert(stored, passages))
  return ((performance.now() - start) / 1000).toFixed(1)
}

const folder = mkdtempSync(join(tmpdir(), 'riffle-shared-'))
await administer(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
const file = sqliteStore(join(folder, 'index.sqlite'))
const exact = await postgresStore(address.href, { exactUpTo: Infinity })
const graph = await postgresStore(address.href, { exactUpTo: 1 })
try {
  const [version] = await administer("SELECT current_setting('server_version') AS n")
  console.log(`${machine()}, PostgreSQL ${version?.n ?? ''}; ${count} passages`)
  console.log(`written: to the file in ${await write(file)} s, to PostgreSQL in ${await write(exact)} s`)
  await administer(`ANALYZE ${schema}.postings; ANALYZE ${schema}.passages; ANALYZE ${schema}.documents; ANALYZE ${schema}.embeddings`)
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const [size] = await administer(`SELECT sum(pg_total_relation_size(c.oid)) AS n FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = '${schema}' AND c.relkind = 'r'`)
  console.log(`on disk: file ${(bytes / 2 ** 20).toFixed(0)} MiB, PostgreSQL ${(Number(size?.n) / 2 ** 20).toFixed(0)} MiB`)

  const filter = { field: 'half', equals: 1 } as const
  const ways: Readonly<Record<string, Omit<SearchRequest, 'text' | 'topK'>>> = { words: { retrieval: 'bm25' }, 'words, filtered': { retrieval: 'bm25', filter }, vectors: { retrieval: 'vector' }, hybrid: {} }
  const stores = { file, 'PostgreSQL, exact': exact, 'PostgreSQL, graph': graph }
  let same = 0
  for (const [name, way] of Object.entries(ways)) {
    const times = new Map<string, number[]>(Object.keys(stores).map((store) => [store, []]))
    for (const { text: asked, embedding: vector } of questions) {
      const found: (readonly string[])[] = []
      for (const [label, store] of Object.entries(stores)) {
        const start = performance.now()
        const passages = await lastValueFrom(store.search({ text: asked, topK: 10, ...(way.retrieval !== 'bm25' && { embedding: vector }), ...way }))
        times.get(label)?.push(performance.now() - start)
        found.push(passages.map(({ id }) => id))
      }
      if (name === 'vectors') same += (found[2] ?? []).filter((id) => found[1]?.includes(id) === true).length
    }
    for (const [label, took] of times) {
      const sorted = took.slice(5).toSorted((a, b) => a - b)
      console.log(`${name.padEnd(16)} ${label.padEnd(18)} p50 ${median(sorted).toFixed(1)} ms, p90 ${(sorted[Math.floor(sorted.length * 0.9)] ?? 0).toFixed(1)} ms`)
    }
  }
  console.log(`recall@10 of the graph: ${(same / (10 * questions.length)).toFixed(3)}`)
} finally {
  for (const store of [file, exact, graph]) store.close()
  await administer(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  rmSync(folder, { recursive: true, force: true })
}
