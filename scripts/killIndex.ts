// Kills `riffle index` again and again at random instants, with changes, removals and failing embeddings between the runs.
//   node scripts/killIndex.ts [kills] [documents] [seed]      default 200 2000 1; takes some minutes
// After each kill the index is looked through; at the end it is compared with one that was made in one go.
// What the scripted server was asked for is the witness that no text was embedded again while the index had it.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { startSimulator } from 'riffle-rx/simulator'

const [kills = 200, documents = 2000, seed = 1] = process.argv.slice(2).map(Number)
const command = fileURLToPath(new URL('../bin/riffle.js', import.meta.url))
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

/** @param killAfterMs After the run's first request; below 0: so long after its start. */
function run(path: string, killAfterMs?: number): Promise<number | null> {
  const args = [command, 'index', '--data', data, '--index', path, '--quiet', '--passage-tokens', '64', '--base-url', server.url, '--embedding-model', 'm']
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', HOME: folder } })
  const before = asked.length
  let killer: NodeJS.Timeout | undefined
  const killIn = (milliseconds: number) => (killer ??= setTimeout(() => child.kill('SIGKILL'), milliseconds))
  const watch = setInterval(() => {
    if (killAfterMs !== undefined && asked.length > before) killIn(killAfterMs)
  }, 1)
  if (killAfterMs !== undefined && killAfterMs < 0) killIn(-killAfterMs)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      clearTimeout(killer)
      resolve(code)
    })
  })
}

const invariants: Readonly<Record<string, string>> = {
  'passages without terms': 'SELECT count(*) AS n FROM passages WHERE number NOT IN (SELECT rowid FROM terms)',
  'terms without a passage': 'SELECT count(*) AS n FROM terms WHERE rowid NOT IN (SELECT number FROM passages)',
  'passages without an embedding': 'SELECT count(*) AS n FROM passages WHERE number NOT IN (SELECT passage FROM embeddings) OR hash IS NULL',
  'embeddings without a passage': 'SELECT count(*) AS n FROM embeddings WHERE passage NOT IN (SELECT number FROM passages)',
  'passages without a document': 'SELECT count(*) AS n FROM passages WHERE document NOT IN (SELECT number FROM documents)',
  'documents without a file': 'SELECT count(*) AS n FROM documents WHERE file_id NOT IN (SELECT id FROM files)',
  'documents with gaps': 'SELECT count(*) AS n FROM (SELECT document FROM passages GROUP BY document HAVING min(place) <> 0 OR max(place) <> count(*) - 1)',
}
const problems: string[] = []
/** Looks the index through, and gives the texts that it has embeddings of. */
function check(when: string): Set<string> {
  if (!existsSync(index)) return new Set()
  const database = new DatabaseSync(index)
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'passages'").get()?.['n'])
  const integrity = String(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'])
  if (integrity !== 'ok') problems.push(`${when}: ${integrity}`)
  for (const [name, sql] of tables === 0 ? [] : Object.entries(invariants)) {
    const count = Number(database.prepare(sql).get()?.['n'])
    if (count > 0) problems.push(`${when}: ${count} ${name}`)
  }
  const texts = tables === 0 ? [] : database.prepare('SELECT CAST(p.text AS TEXT) AS text FROM passages p').all().map(({ text }) => String(text))
  database.close()
  return new Set(texts)
}
/** Order of the ranking, not its scores: FTS5's move a little with each document that was replaced. */
function contents(path: string): Readonly<Record<string, string>> {
  const database = new DatabaseSync(path)
  const rows = database.prepare(
    `SELECT d.id, d.fingerprint, p.place, CAST(p.text AS TEXT) AS text, p.start, p.line, hex(e.embedding) AS embedding
     FROM documents d JOIN passages p ON p.document = d.number JOIN embeddings e ON e.passage = p.number ORDER BY d.id, p.place`,
  ).all()
  const found = ['measured', 'value 7', 'report 11 changed'].map((words) =>
    database.prepare(
      `SELECT d.id, p.place FROM terms JOIN passages p ON p.number = terms.rowid JOIN documents d ON d.number = p.document
       WHERE terms MATCH ? ORDER BY round(-rank, 6) DESC, d.id, p.place`,
    ).all(words.split(' ').map((word) => `"${word}"`).join(' OR ')))
  const files = database.prepare('SELECT id, stamp FROM files ORDER BY id').all()
  database.close()
  return { files: JSON.stringify(files), passages: JSON.stringify(rows), ranking: JSON.stringify(found) }
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
for (let kill = 0; kill < kills; kill++) {
  const code = await runAndLook(`kill ${kill}`, random() < 0.1 ? -random() * 400 : random() * 800)
  if (code === null) killed++
  else ended++
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
const [kept, made] = [contents(index), contents(clean)]
for (const part of Object.keys(made)) {
  if (kept[part] !== made[part]) problems.push(`the ${part} differ from those of an index made in one go`)
}
if (again > 0) problems.push(`${again} texts were asked for again though the index had them`)
await server.close()
rmSync(folder, { recursive: true, force: true })

console.log(`${killed} kills (${ended} runs came to their end first), ${documents} documents, ${change} writes, seed ${seed}; Node ${process.versions.node}`)
console.log(problems.length === 0 ? 'index whole after each, equal to one made in one go; no committed text was embedded again' : problems.join('\n'))
process.exit(problems.length === 0 ? 0 : 1)
