import type { StatementSync } from 'node:sqlite'

/** Orders passages, given by number, by document id and place. Read when two are first compared: most searches have no two of one score. */
export function createOrder(prepare: (sql: string) => StatementSync): (a: number, b: number) => number {
  let ranks: ReadonlyMap<number, number> | undefined
  // One text, as for postings: a row for every number would cost ten times the time.
  const read = () => {
    const list = prepare(
      `SELECT group_concat(number) AS list FROM
         (SELECT passages.number FROM documents CROSS JOIN passages ON passages.document = documents.number ORDER BY documents.id, passages.place)`,
    ).get()?.['list']
    return new Map(String(list ?? '').split(',').map((number, rank) => [Number(number), rank]))
  }
  return (a, b) => {
    ranks ??= read()
    return (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)
  }
}
