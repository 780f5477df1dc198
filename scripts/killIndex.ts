// Kills `riffle index` again and again at random instants, with changes, removals and failing embeddings between the runs.
//   node scripts/killIndex.ts [kills] [documents] [seed]      default 200 2000 1; takes some minutes
// After each kill the index is looked through; at the end it is compared with one that was made in one go.
// What the scripted server was asked for is the witness that no text was embedded again while the index had it.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startSimulator } from 'riffle-rx/simulator'
import { checkIndex, sqliteStore } from 'riffle-rx/sqlite'
import { lastValueFrom } from 'rxjs'
import { runKilled } from './runKilled.ts'

const [kills = 200, documents = 2000, seed = 1] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'riffle-kill-index-'))
const data = join(folder, 'data')
const index = join(folder, 'docs.sqlite')
mkdirSync(data)

/** Numbers from 0 to below 1 that the seed fixes. */
let state = seed
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647

let change = 0
/** A part that stays and a part that changes, each longer than a passage of 64 tokens. */
const write = (number: number) =>
  writeFileSync(join(data, `${number}.md`), `# Report ${number}\n\n${`Place ${number} was measured. `.repeat(20)}\n\n## Change\n\n${`Value ${number} is ${++change} now. `.repeat(15)}\n`)
const pathOf = (number: number) => join(data, `${number}.md`)
const anyNumber = () => Math.floor(random() * documents)
for (let number = 0; number < documents; number++) write(number)

let faulty = true
let asked: string[] = []
const server = await startSimulator({
  seed,
  recordEvents: false,
  embeddings: ({ body }) => {
    const texts = (body as { readonly input: readonly string[] }).input
    asked.push(...texts)
    const headersDelayMs = { distribution: 'uniform', minMs: 0, maxMs: 20 } as const
    if (!faulty || random() > 0.05) return { headersDelayMs }
    return { headersDelayMs, fault: random() < 0.5 ? { type: 'status', status: 400 } : { type: 'status', status: 503, retryAfterMs: 1 } }
  },
})

const run = (path: string, killAfterMs?: number) =>
  runKilled(
    ['index', '--data', data, '--index', path, '--quiet', '--passage-tokens', '64', '--base-url', server.url, '--embedding-model', 'm'],
    { requests: () => asked.length, home: folder, killAfterMs },
  )

const problems: string[] = []
/** Looks the index through, and gives the texts that it has embeddings of. */
function check(when: string): Set<string> {
  if (!existsSync(index)) return new Set()
  const found = lookThrough(when)
  if (!found) return new Set()
  const database = new DatabaseSync(index)
  const texts = database.prepare('SELECT CAST(text AS TEXT) AS text FROM passages').all().map(({ text }) => String(text))
  database.close()
  return new Set(texts)
}

let hasBeenMade = false
/** False for a file whose maker was killed before it became an index. */
function lookThrough(when: string): boolean {
  try {
    problems.push(...checkIndex(index).problems.map((problem) => `${when}: ${problem}`))
    return (hasBeenMade = true)
  } catch (error) {
    if (hasBeenMade || !String(error).includes('is empty')) problems.push(`${when}: ${String(error)}`)
    return false
  }
}

/** What is in an index, and what it finds. */
async function contents(path: string): Promise<Readonly<Record<string, string>>> {
  const database = new DatabaseSync(path)
  const rows = database.prepare(
    `SELECT d.id, d.fingerprint, p.place, CAST(p.text AS TEXT) AS text, p.start, p.line, hex(e.embedding) AS embedding
     FROM documents d JOIN passages p ON p.document = d.number JOIN embeddings e ON e.passage = p.number ORDER BY d.id, p.place`,
  ).all()
  const files = database.prepare('SELECT id FROM files ORDER BY id').all()
  database.close()
  const embedding = new Float32Array(Uint8Array.from(Buffer.from(String(rows[0]?.['embedding']), 'hex')).buffer)
  const store = sqliteStore(path)
  const found: object[] = []
  // All of them: at a bound, those of one score would be others.
  const topK = Math.max(1, rows.length)
  for (const text of ['measured', 'value 7', 'report 11 changed']) {
    for (const request of [{ text, topK }, { text, embedding, topK, retrieval: 'vector' as const }]) {
      const passages = await lastValueFrom(store.search(request))
      // Those of one score stand in the order in which they were written, which differs.
      found.push(passages.map(({ id, score }) => `${score.toFixed(6)} ${id}`).toSorted((a, b) => (a < b ? 1 : -1)))
    }
  }
  store.close()
  return { files: JSON.stringify(files), passages: JSON.stringify(rows), search: JSON.stringify(found) }
}

let [killed, ended, again] = [0, 0, 0]
let known = new Set<string>()
const runAndLook = async (when: string, killAfterMs?: number) => {
  asked = []
  const code = await run(index, killAfterMs)
  again += asked.filter((text) => known.has(text)).length
  known = check(when)
  return code
}
/** Of a machine it is not known how long a run takes: what ended by itself makes the next ones shorter, so that most are killed. */
let longestMs = 800
for (let kill = 0; kill < kills; kill++) {
  const code = await runAndLook(`kill ${kill}`, random() < 0.1 ? -random() * 400 : random() * longestMs)
  if (code === null) killed++
  else ended++
  longestMs = Math.min(800, Math.max(20, longestMs * (code === null ? 1.1 : 0.6)))
  for (let changes = Math.ceil(documents / 50); changes > 0; changes--) {
    if (random() < 0.3) rmSync(pathOf(anyNumber()), { force: true })
    else write(anyNumber())
  }
}
faulty = false
let finished = await runAndLook('the last run')
if (finished !== 0) problems.push(`the last run ended with ${finished}`)
const clean = join(folder, 'clean.sqlite')
finished = await run(clean)
if (finished !== 0) problems.push(`the clean run ended with ${finished}`)
const [kept, made] = [await contents(index), await contents(clean)]
for (const part of Object.keys(made)) {
  if (kept[part] !== made[part]) problems.push(`the ${part} differ from those of an index made in one go`)
}
if (again > 0) problems.push(`${again} texts were asked for again though the index had them`)
await server.close()
rmSync(folder, { recursive: true, force: true })

console.log(`${killed} kills (${ended} runs came to their end first), ${documents} documents, ${change} writes, seed ${seed}; Node ${process.versions.node}`)
console.log(problems.length === 0 ? 'index whole after each, equal to one made in one go; no committed text was embedded again' : problems.join('\n'))
process.exit(problems.length === 0 ? 0 : 1)
