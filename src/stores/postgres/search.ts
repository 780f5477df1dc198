import { inOrderOfScore } from '../../internal/inOrderOfScore.ts'
import { fuseRankings, rankingsOf } from '../../internal/rankPassages.ts'
import { searchWords } from '../../internal/searchWords.ts'
import type { Bm25Options } from '../../internal/weighTerms.ts'
import type { ScoredPassage } from '../../types/document.ts'
import type { Language, SearchRequest } from '../../types/ports.ts'
import { passageColumns, toPassage } from '../storedRows.ts'
import { filterCondition } from './filterCondition.ts'
import { type Parameters, createParameters } from './parameters.ts'
import { rankVectors } from './rankVectors.ts'
import { rankWords } from './rankWords.ts'
import type { Ask } from './transactions.ts'

/** The condition that a column holds the number of a passage which may be found. */
export type Accepted = (column: string, add: Parameters['add']) => string

export interface SearchSettings {
  readonly language: Language
  readonly bm25: Bm25Options
  readonly exactUpTo: number
}

/** Ranks by what the request asks for, and fetches the passages that are best. */
export async function search(ask: Ask, request: SearchRequest, { language, bm25, exactUpTo }: SearchSettings): Promise<ScoredPassage[]> {
  const { byWords, embedding, count } = rankingsOf(request)
  const { filter } = request
  // Fails at once when it is no filter.
  if (filter !== undefined) filterCondition(filter, createParameters().add)
  const accepted: Accepted | undefined = filter && ((column, add) =>
    `${column} IN (SELECT p.number FROM documents d JOIN passages p ON p.document = d.number WHERE ${filterCondition(filter, add)})`)

  const words = byWords ? await rankWords(ask, searchWords(request.text, language), count, accepted ?? (() => 'true'), bm25) : undefined
  const near = embedding === undefined ? undefined : await rankVectors(ask, embedding, count, accepted, exactUpTo)
  const best = fuseRankings(words, near, request)
  if (best.length === 0) return []
  const rows = await ask(
    `SELECT ${passageColumns}, b.score FROM unnest($1::bigint[], $2::float8[]) AS b (number, score)
     JOIN passages p ON p.number = b.number JOIN documents d ON d.number = p.document`,
    [best.map(({ passage }) => passage), best.map(({ score }) => score)],
  )
  return inOrderOfScore(rows.map((row) => ({ ...toPassage(row), score: Number(row['score']) })))
}
