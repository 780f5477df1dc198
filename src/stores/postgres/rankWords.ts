import type { RankedPassage } from '../../internal/rankPassages.ts'
import { type Bm25Options, termWeights } from '../../internal/weighTerms.ts'
import type { SearchWords } from '../../internal/searchWords.ts'
import { termKey } from './keys.ts'
import { createParameters } from './parameters.ts'
import type { Ask } from './transactions.ts'
import type { Accepted } from './search.ts'

/**
 * BM25 as the other stores reckon it: how many passages hold a term, and how long passages are, is counted in the database at the time of the
 * question, the weights of terms are ours, and the database adds them up, in the order of the question's terms.
 */
export async function rankWords(ask: Ask, { terms, phrases }: SearchWords, count: number, accepted: Accepted, options: Bm25Options): Promise<RankedPassage[]> {
  const keys = [...new Set(terms)].map(termKey)
  if (keys.length === 0) return []
  const held = await ask(
    `SELECT a.term, h.holders, c.passages, c.length
     FROM (SELECT sum(passages)::float8 AS passages, sum(terms)::float8 AS length FROM documents) c, unnest($1::bigint[]) WITH ORDINALITY AS a (term, place),
       LATERAL (SELECT count(*)::float8 AS holders FROM postings WHERE term = a.term) h
     WHERE h.holders > 0 ORDER BY a.place`,
    [keys],
  )
  const [first] = held
  if (first === undefined) return []
  const { weightOf, base, slope } = termWeights({ passages: Number(first['passages']), totalLength: Number(first['length']) }, options)
  const holders = phrases.length === 0 ? [] : await phraseHolders(ask, phrases, accepted)

  const { values, add } = createParameters()
  const asked = `unnest(${add(held.map(({ term }) => term), 'bigint[]')}, ${add(held.map((row) => weightOf(Number(row['holders']))), 'float8[]')}) WITH ORDINALITY AS a (term, weight, place)`
  const kept = holders.length === 0 ? accepted('h.passage', add) : `h.passage = ANY(${add(holders, 'bigint[]')})`
  const rows = await ask(
    `SELECT h.passage, sum(a.weight * h.count / (h.count + ${add(base, 'float8')} + ${add(slope, 'float8')} * h.length) ORDER BY a.place) AS score
     FROM ${asked}, LATERAL (SELECT passage, count, length FROM postings WHERE term = a.term OFFSET 0) h
     WHERE ${kept} GROUP BY h.passage ORDER BY score DESC, h.passage LIMIT ${add(count, 'bigint')}`,
    values,
  )
  return rows.flatMap(({ passage, score }) => (Number(score) > 0 ? [{ passage: Number(passage), score: Number(score) }] : []))
}

/** Passages with all of the phrases. */
async function phraseHolders(ask: Ask, phrases: SearchWords['phrases'], accepted: Accepted): Promise<unknown[]> {
  const { values, add } = createParameters()
  const all = [...new Set(phrases.flat())].map(termKey)
  const tests = phrases.map((phrase) => {
    const keys = add(phrase.map(termKey), 'bigint[]')
    return `EXISTS (SELECT 1 FROM unnest(array_positions(p.terms, (${keys})[1])) AS i WHERE p.terms[i : i + ${phrase.length - 1}] = ${keys})`
  })
  const rows = await ask(
    `SELECT p.number FROM passages p
     WHERE p.number IN (SELECT passage FROM postings WHERE term = ANY(${add(all, 'bigint[]')}) GROUP BY passage HAVING count(*) = ${all.length})
       AND ${tests.join(' AND ')} AND ${accepted('p.number', add)}`,
    values,
  )
  return rows.map(({ number }) => number)
}
