import { InputError } from '../errors.ts'
import { inputLines } from '../internal/inputLines.ts'
import type { Qrels, Run } from './evaluateRun.ts'
import type { RunEntry } from './metrics.ts'

/**
 * Reads judgements: `query 0 document grade` (TREC) or `query document grade`, apart by blanks or tabs; a first line of names is passed over.
 *
 * @throws InputError that names the line, also when a pair is judged twice.
 */
export async function readQrels(path: string): Promise<Qrels> {
  const qrels = new Map<string, Map<string, number>>()
  for await (const { number, fields } of fieldsOf(path)) {
    const [query, documentId, grade] = fields.length === 4 ? [fields[0], fields[2], fields[3]] : fields
    if (query === undefined || documentId === undefined || grade === undefined || fields.length > 4) throw wrong(path, number, 'query, document and grade')
    if (!/^-?\d+$/.test(grade)) {
      if (number === 1) continue
      throw wrong(path, number, 'a whole number for the grade')
    }
    const judgements = qrels.get(query) ?? new Map<string, number>()
    if (judgements.has(documentId)) throw new InputError(`${path}:${number}: the document ${documentId} is judged twice for the query ${query}.`)
    qrels.set(query, judgements.set(documentId, Number(grade)))
  }
  if (qrels.size === 0) throw new InputError(`${path} has no judgements.`)
  return qrels
}

/**
 * Reads a TREC run: `query Q0 document rank score tag`.
 *
 * @throws InputError that names the line, also when a document is there twice for a query.
 */
export async function readTrecRun(path: string): Promise<Run> {
  const run = new Map<string, RunEntry[]>()
  const seen = new Map<string, Set<string>>()
  for await (const { number, fields } of fieldsOf(path)) {
    const [query, , documentId, , score] = fields
    if (query === undefined || documentId === undefined || score === undefined || fields.length > 6) throw wrong(path, number, 'query Q0 document rank score tag')
    if (!Number.isFinite(Number(score))) throw wrong(path, number, 'a number for the score')
    const found = seen.get(query) ?? new Set<string>()
    if (found.has(documentId)) throw new InputError(`${path}:${number}: the document ${documentId} is there twice for the query ${query}.`)
    seen.set(query, found.add(documentId))
    const entries = run.get(query) ?? []
    entries.push({ documentId, score: Number(score) })
    run.set(query, entries)
  }
  return run
}

/** The lines of one query, best first. Scores are written so that no two of them become equal. */
export function trecLines(query: string, entries: readonly RunEntry[], tag: string): string {
  return entries.map(({ documentId, score }, index) => `${query} Q0 ${documentId} ${index + 1} ${score} ${tag}\n`).join('')
}

async function* fieldsOf(path: string): AsyncGenerator<{ readonly number: number; readonly fields: readonly string[] }> {
  for await (const { number, text } of inputLines(path)) {
    if (text === undefined) throw wrong(path, number, 'a line of text')
    const fields = text.trim().split(/\s+/)
    if (fields[0] !== '') yield { number, fields }
  }
}

function wrong(path: string, line: number, what: string): InputError {
  return new InputError(`${path}:${line}: expected ${what}.`)
}
