import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { passage } from '../../support/passage.ts'
import { sharedData } from '../../support/sharedData.ts'
import { storedDocument } from '../../support/storedDocument.ts'
import { type Judgements, averagePrecision, ndcgAt10 } from '../../support/trecMetrics.ts'

interface Line {
  readonly id: string
  readonly title?: string
  readonly text: string
}
const linesOf = (...path: string[]) => readFileSync(join(sharedData ?? '', 'ir', ...path), 'utf8').trim().split('\n')
const readJsonl = (...path: string[]) => linesOf(...path).map((line) => JSON.parse(line) as Line)

function readJudgements(collection: string): Map<string, Judgements> {
  const byQuery = new Map<string, Map<string, number>>()
  for (const line of linesOf(collection, 'qrels.tsv')) {
    const [query = '', ...rest] = line.split(/\s+/)
    const [document = '', grade = ''] = rest.length > 2 ? rest.slice(-2) : rest
    if (!/^-?\d+$/.test(grade)) continue
    byQuery.set(query, (byQuery.get(query) ?? new Map<string, number>()).set(document, Number(grade)))
  }
  return byQuery
}

/** Every document one passage, 1,000 deep, over the queries that have a relevant document. */
async function evaluate(collection: string): Promise<{ ndcg: number; map: number; queries: number }> {
  const store = sqliteStore(':memory:')
  for (const { id, title, text } of readJsonl(collection, 'corpus.jsonl')) {
    const titled = title === undefined ? {} : { title }
    await firstValueFrom(store.upsert(storedDocument(id, titled), [passage(text, { id: `${id}#0`, documentId: id, ...titled })]))
  }
  const judgements = readJudgements(collection)
  const judged = readJsonl(collection, 'queries.jsonl').filter(({ id }) => [...(judgements.get(id)?.values() ?? [])].some((gain) => gain > 0))
  let [ndcg, map] = [0, 0]
  for (const { id, text } of judged) {
    const ranking = (await firstValueFrom(store.search({ text, topK: 1000 }))).map(({ documentId }) => documentId)
    const relevant = judgements.get(id) ?? new Map()
    ndcg += ndcgAt10(ranking, relevant)
    map += averagePrecision(ranking, relevant)
  }
  store.close()
  return { ndcg: ndcg / judged.length, map: map / judged.length, queries: judged.length }
}

describe.skipIf(!sharedData)('the ranking by words', () => {
  it('is as good as published BM25 on Cranfield', async () => {
    const { ndcg, queries } = await evaluate('cranfield')

    expect(queries).toBe(225)
    expect(ndcg).toBeGreaterThanOrEqual(0.515)
  })

  it('is as good as published BM25 on NPL', async () => {
    const { map, queries } = await evaluate('npl')

    expect(queries).toBe(93)
    expect(map).toBeGreaterThanOrEqual(0.29)
  })
})

describe('the measures', () => {
  const judgements = new Map([['a', 2], ['b', 1], ['c', 0], ['d', -1]])

  it('give a perfect ranking 1 and an empty one 0', () => {
    expect([ndcgAt10(['a', 'b'], judgements), averagePrecision(['b', 'a'], judgements)]).toEqual([1, 1])
    expect([ndcgAt10([], judgements), averagePrecision([], judgements)]).toEqual([0, 0])
  })

  it('give what trec_eval gives for a mixed one', () => {
    expect(ndcgAt10(['c', 'b', 'x', 'a'], judgements)).toBeCloseTo((1 / Math.log2(3) + 2 / Math.log2(5)) / (2 + 1 / Math.log2(3)), 12)
    expect(averagePrecision(['c', 'b', 'x', 'a'], judgements)).toBeCloseTo((1 / 2 + 2 / 4) / 2, 12)
  })
})
