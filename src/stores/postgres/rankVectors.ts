import { checkEmbedding } from '../../internal/checkEmbedding.ts'
import type { RankedPassage } from '../../internal/rankPassages.ts'
import type { Embedding } from '../../types/document.ts'
import { indexedType, maxHalfIndexed, readConfiguration } from './configuration.ts'
import { createParameters } from './parameters.ts'
import { vectorText } from './vectorText.ts'
import type { Ask } from './transactions.ts'
import type { Accepted } from './search.ts'

/** More than these are not taken from the graph: of its 1,000 candidates the best quarter is. */
const maxFromGraph = 250
const minCandidates = 200

/** Of an embedding of zeros, which is near to nothing, the distance is no number. */
const score = "coalesce(nullif(1 - (embedding <=> $1::vector), 'NaN'), 0)"

/**
 * The nearest by cosine. Exact, unless it may be approximate and there are more than `exactUpTo` passages: then the graph gives four times as many
 * candidates as are wanted, 200 at least, and the exact cosine ranks them. When the graph gives too few, all are looked at.
 */
export async function rankVectors(ask: Ask, embedding: Embedding, count: number, accepted: Accepted | undefined, exactUpTo: number): Promise<RankedPassage[]> {
  const { dimensions } = await readConfiguration(ask)
  if (dimensions === undefined) return []
  checkEmbedding(embedding, dimensions)
  const near = accepted === undefined && count <= maxFromGraph && dimensions <= maxHalfIndexed ? await fromGraph(ask, embedding, count, exactUpTo) : []
  return near.length >= count ? near : exactly(ask, embedding, count, accepted)
}

async function fromGraph(ask: Ask, embedding: Embedding, count: number, exactUpTo: number): Promise<RankedPassage[]> {
  const [{ passages } = {}] = await ask('SELECT coalesce(sum(passages), 0)::float8 AS passages FROM documents')
  if (Number(passages) <= exactUpTo) return []
  const candidates = Math.max(minCandidates, 4 * count)
  await ask(`SET LOCAL hnsw.ef_search = ${candidates}`)
  const type = indexedType(embedding.length)
  const column = type.startsWith('vector') ? 'embedding' : `(embedding::${type})`
  return toRanked(
    await ask(
      `SELECT passage, ${score} AS score FROM (SELECT passage, embedding FROM embeddings ORDER BY ${column} <=> $1::vector::${type} LIMIT $2) near
       ORDER BY score DESC, passage LIMIT $3`,
      [vectorText(embedding), candidates, count],
    ),
  )
}

async function exactly(ask: Ask, embedding: Embedding, count: number, accepted: Accepted | undefined): Promise<RankedPassage[]> {
  const { values, add } = createParameters()
  add(vectorText(embedding), 'vector')
  const kept = accepted === undefined ? 'true' : accepted('passage', add)
  // The order is not that of an index, so none is used.
  return toRanked(await ask(`SELECT passage, ${score} AS score FROM embeddings WHERE ${kept} ORDER BY score DESC, passage LIMIT ${add(count, 'bigint')}`, values))
}

function toRanked(rows: Awaited<ReturnType<Ask>>): RankedPassage[] {
  return rows.map(({ passage, score: cosine }) => ({ passage: Number(passage), score: Number(cosine) }))
}
