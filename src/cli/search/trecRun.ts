import { identity, lastValueFrom, of } from 'rxjs'
import { InputError } from '../../errors.ts'
import type { RunEntry } from '../../evaluation/metrics.ts'
import { defined } from '../../internal/defined.ts'
import { proximity } from '../../models/proximity.ts'
import { rerank } from '../../operators/rerank.ts'
import { retrieve } from '../../operators/retrieve.ts'
import { readQuestions } from '../../sources/readQuestions.ts'
import type { ScoredPassage } from '../../types/document.ts'
import type { OpenStore } from '../openStore.ts'
import { type RankOptions, defaultCandidates } from '../rankOptions.ts'

/** What is found for each query of a file, a document once, by its best passage. */
export async function* searchQueries(path: string, { store, embedder, retrieval, filter }: OpenStore, depth: number, options: Pick<RankOptions, 'rerank' | 'candidates'> = {}): AsyncGenerator<{ readonly id: string; readonly entries: readonly RunEntry[] }> {
  // More passages than documents: a document may be found by several.
  const topK = depth * passagesPerDocument
  const search = retrieve(store, { topK, overview: false, ...defined({ embedder, retrieval, filter }) })
  const { candidates = defaultCandidates } = options
  // What is behind the candidates stays behind them: a run tells the whole ranking.
  const ranked = options.rerank === undefined ? identity : rerank(proximity(), { topK, candidates })
  for await (const found of readQuestions(path)) {
    if (found.problem !== undefined) throw new InputError(`${path}:${found.line}: ${found.problem}`)
    const { id, question } = found.question
    const { passages } = await lastValueFrom(of({ id, question }).pipe(search, ranked))
    yield { id, entries: bestOfEach(passages).slice(0, depth) }
  }
}

const passagesPerDocument = 3

function bestOfEach(passages: readonly ScoredPassage[]): RunEntry[] {
  const best = new Map<string, number>()
  for (const { documentId, score } of passages) {
    const name = nameOf(documentId)
    if (score > (best.get(name) ?? -Infinity)) best.set(name, score)
  }
  return [...best].map(([documentId, score]) => ({ documentId, score })).toSorted((a, b) => b.score - a.score || (a.documentId < b.documentId ? 1 : -1))
}

/** As judgements name it: a line of a collection by its own id, a file by its path, whose blanks would end a field. */
function nameOf(documentId: string): string {
  const [, key] = /\.(?:jsonl|ndjson)#(.+)$/s.exec(documentId) ?? []
  return (key ?? documentId).replace(/\s+/g, '_')
}
