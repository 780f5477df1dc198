// Is one setting better than another? Search a file of queries with each, judge both rankings, and test the difference.
// These are three commands of riffle, here run by a program; the judgements say which document answers which query.
//   node examples/compare-settings.ts
// Prints:
//                                    nDCG@10  Recall@100      MRR@10         MAP
//   words.run                         0.5000      0.5000      0.5000      0.5000
//   words-and-letters.run             0.8552      1.0000      0.8056      0.8056
//   difference                       +0.3552     +0.5000     +0.3056     +0.3056
//   p, by chance alone                0.2505      0.2538      0.2557      0.2484
//   queries better, worse, same        3/0/3       3/0/3       3/0/3       3/0/3
//   6 queries
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const command = fileURLToPath(new URL('bin/riffle.js', import.meta.resolve('riffle-rx/package.json')))
const riffle = (...words: string[]) => execFileSync(process.execPath, [command, ...words, '--quiet'], { encoding: 'utf8', cwd: folder })

const folder = mkdtempSync(join(tmpdir(), 'compare-'))
try {
  // As people type. Judge as many as you can: a hundred and more for small differences.
  const asked = [
    ['q1', 'concurency limt', 'documents/concurrency.md'], ['q2', 'how much cofee', 'documents/coffee.md'], ['q3', 'retryng', 'documents/retry.md'],
    ['q4', 'expontial delay', 'documents/retry.md'], ['q5', 'filter papr', 'documents/coffee.md'], ['q6', 'swichMap', 'documents/concurrency.md'],
  ]
  writeFileSync(join(folder, 'queries.jsonl'), asked.map(([id, text]) => `${JSON.stringify({ id, text })}\n`).join(''))
  writeFileSync(join(folder, 'qrels.tsv'), asked.map(([id, , document]) => `${id}\t${document}\t1\n`).join(''))

  const search = ['search', '--data', here('documents'), '--no-cache', '--passage-tokens', '40', '--queries', 'queries.jsonl']
  riffle(...search, '--run', 'words.run')
  riffle(...search, '--run', 'words-and-letters.run', '--retrieval', 'hybrid', '--embedding-model', 'hashed')
  console.log(riffle('eval', '--qrels', 'qrels.tsv', '--run', 'words.run', '--run', 'words-and-letters.run').trimEnd())
} finally {
  rmSync(folder, { recursive: true })
}
