import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { evaluateRun } from '../../../src/evaluation/evaluateRun.ts'
import { type RunEntry, maxDepth } from '../../../src/evaluation/metrics.ts'
import { readQrels } from '../../../src/evaluation/trecFiles.ts'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import { passage } from '../../support/passage.ts'
import { sharedData } from '../../support/sharedData.ts'
import { storedDocument } from '../../support/storedDocument.ts'

interface Line {
  readonly id: string
  readonly title?: string
  readonly text: string
}
const linesOf = (...path: string[]) => readFileSync(join(sharedData ?? '', 'ir', ...path), 'utf8').trim().split('\n')
const readJsonl = (...path: string[]) => linesOf(...path).map((line) => JSON.parse(line) as Line)

/** Every document one passage, 1,000 deep, over the queries that have a relevant document. */
async function evaluate(collection: string): Promise<{ ndcg: number; map: number; queries: number }> {
  const store = sqliteStore(':memory:')
  for (const { id, title, text } of readJsonl(collection, 'corpus.jsonl')) {
    const titled = title === undefined ? {} : { title }
    await firstValueFrom(store.upsert(storedDocument(id, titled), [passage(text, { id: `${id}#0`, documentId: id, ...titled })]))
  }
  const qrels = await readQrels(join(sharedData ?? '', 'ir', collection, 'qrels.tsv'))
  const run = new Map<string, RunEntry[]>()
  for (const { id, text } of readJsonl(collection, 'queries.jsonl')) {
    if (qrels.has(id)) run.set(id, (await firstValueFrom(store.search({ text, topK: maxDepth }))).map(({ documentId, score }) => ({ documentId, score })))
  }
  store.close()
  const { means, queries } = evaluateRun(run, qrels)
  return { ndcg: means['nDCG@10'], map: means.MAP, queries: queries.size }
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
