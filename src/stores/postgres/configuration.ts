import { InputError, RagError } from '../../errors.ts'
import { type FoundConfiguration, type IndexConfiguration, isUnclaimed, parseConfiguration, requireDimensions, requireFit, textValues } from '../indexConfiguration.ts'
import { sqlState } from './describePostgresError.ts'
import { lockKey } from './keys.ts'
import type { Address } from './parseAddress.ts'
import type { Ask } from './transactions.ts'

/** Numbers that pgvector takes in one vector, and that its graph can index as they are, and as numbers of half the size. */
const maxDimensions = 16_000
const maxIndexed = 2000
export const maxHalfIndexed = 4000

export async function readConfiguration(ask: Ask): Promise<FoundConfiguration> {
  const rows = await ask('SELECT name, value FROM configuration')
  return parseConfiguration(rows.map(({ name, value }) => [String(name), String(value)] as const))
}

/** Notes what makes the index, or fails when something else made it. */
export async function claimConfiguration(ask: Ask, { name, schema }: Address, wanted: IndexConfiguration): Promise<void> {
  await ask('SELECT pg_advisory_xact_lock($1)', [lockKey(schema, 'configuration')])
  const [document] = await ask('SELECT 1 FROM documents LIMIT 1')
  if (document === undefined && isUnclaimed(await readConfiguration(ask))) await writeConfiguration(ask, textValues(wanted))
  requireFit(name, await readConfiguration(ask), wanted)
}

/** Notes the length of the first embeddings and makes the table for them, or fails when they have another. */
export async function claimDimensions(ask: Ask, { name, schema }: Address, dimensions: number): Promise<void> {
  const find = async () => (await ask("SELECT to_regclass('embeddings') AS found"))[0]?.['found'] !== null
  if (!(await find())) {
    await ask('SELECT pg_advisory_xact_lock($1)', [lockKey(schema, 'configuration')])
    if (!(await find())) await createEmbeddings(ask, name, dimensions)
    const { dimensions: claimed = dimensions } = await readConfiguration(ask)
    requireDimensions(name, claimed, dimensions)
    await writeConfiguration(ask, { dimensions: String(dimensions) })
    return
  }
  requireDimensions(name, (await readConfiguration(ask)).dimensions ?? dimensions, dimensions)
}

async function createEmbeddings(ask: Ask, name: string, dimensions: number): Promise<void> {
  if (dimensions > maxDimensions) throw new InputError(`The index ${name} takes embeddings of at most ${maxDimensions} dimensions, got ${dimensions}.`)
  await requireExtension(ask, name)
  await ask(`CREATE TABLE embeddings (passage bigint PRIMARY KEY, embedding vector(${dimensions}) NOT NULL)`)
  if (dimensions <= maxHalfIndexed) await ask(`CREATE INDEX embeddings_by_nearness ON embeddings USING hnsw (${indexed(dimensions)})`)
}

/** The graph's expression and its measure. */
function indexed(dimensions: number): string {
  return dimensions <= maxIndexed ? 'embedding vector_cosine_ops' : `(embedding::halfvec(${dimensions})) halfvec_cosine_ops`
}

/** Type of vectors that the graph compares. */
export function indexedType(dimensions: number): string {
  return dimensions <= maxIndexed ? `vector(${dimensions})` : `halfvec(${dimensions})`
}

async function requireExtension(ask: Ask, name: string): Promise<void> {
  const [present] = await ask("SELECT 1 FROM pg_extension WHERE extname = 'vector'")
  if (present !== undefined) return
  try {
    // Not in the index's own schema: that index may go while another needs it.
    await ask('CREATE EXTENSION vector SCHEMA public')
  } catch (error) {
    if (sqlState(error) === '42501') throw new RagError('index', `The index ${name} has no pgvector yet, and its user may not add it. Have an administrator run: CREATE EXTENSION vector`, { cause: error })
    throw new RagError('index', `The index ${name} cannot keep embeddings: its server has no pgvector. Install it there, or search by words: --retrieval bm25.`, { cause: error })
  }
}

async function writeConfiguration(ask: Ask, values: Readonly<Record<string, string>>): Promise<void> {
  const add = 'INSERT INTO configuration (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value'
  for (const [name, value] of Object.entries(values)) await ask(add, [name, value])
}
