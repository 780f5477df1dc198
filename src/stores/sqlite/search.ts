import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { analyze } from '../../internal/analyze.ts'
import { bestFirst } from '../../internal/bestFirst.ts'
import { createBm25 } from '../../internal/bm25.ts'
import type { RankedPassage, Rankers } from '../../internal/rankPassages.ts'
import { createVectorMatrix, type VectorMatrix } from '../../internal/vectorMatrix.ts'
import { readText } from './rows.ts'

/**
 * FTS5's formula gives a term that stands in more than half of the passages no weight: right for thousands, wrong for a
 * handful. Up to this many passages are ranked by our own formula, over all of them.
 */
const fewPassages = 64

export function createRankers(database: DatabaseSync): Rankers {
  // Prepared on first use: a process that only writes, or that searches one way, does not pay for the others.
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  let matrix: { version: string; vectors: VectorMatrix } | undefined

  return {
    bm25(terms, count) {
      if (terms.length === 0) return []
      const passages = prepare('SELECT count(*) AS n FROM (SELECT 1 FROM passages LIMIT ?)').get(fewPassages + 1)?.['n']
      if (Number(passages) <= fewPassages) return rankAll(prepare, terms, count)
      const anyOf = [...new Set(terms)].map((term) => `"${term}"`).join(' OR ')
      return prepare('SELECT rowid, -rank AS score FROM terms WHERE terms MATCH ? ORDER BY rank, rowid LIMIT ?')
        .all(anyOf, count)
        .map((row) => ({ passage: Number(row['rowid']), score: Number(row['score']) }))
    },
    vector(embedding, count) {
      const version = `${String(prepare('PRAGMA data_version').get()?.['data_version'])}/${String(prepare('SELECT total_changes() AS n').get()?.['n'])}`
      if (matrix?.version !== version) matrix = { version, vectors: loadVectors(prepare) }
      return matrix.vectors.search(embedding, count)
    },
  }
}

function rankAll(prepare: (sql: string) => StatementSync, terms: readonly string[], count: number): RankedPassage[] {
  const bm25 = createBm25()
  const rows = prepare('SELECT p.number, p.text, p.headings, d.title FROM passages p JOIN documents d ON d.number = p.document')
  for (const row of rows.all()) {
    const headings = row['headings'] === null ? [] : (JSON.parse(String(row['headings'])) as string[])
    const title = row['title'] === null ? '' : String(row['title'])
    bm25.add(Number(row['number']), analyze(`${title}\n${headings.join('\n')}\n${readText(row)}`))
  }
  return bestFirst(bm25.score(terms), count)
}

function loadVectors(prepare: (sql: string) => StatementSync): VectorMatrix {
  const vectors = createVectorMatrix()
  for (const row of prepare('SELECT passage, embedding FROM embeddings ORDER BY passage').iterate()) {
    const bytes = row['embedding'] as Uint8Array
    vectors.add(Number(row['passage']), new Float32Array(bytes.slice().buffer))
  }
  return vectors
}
