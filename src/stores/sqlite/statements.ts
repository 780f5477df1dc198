import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Gives the statement of a text, prepared once. */
export type Statements = (sql: string) => StatementSync

/** For the few statements that are run for each document: they stay prepared while the database is open. */
export function createStatements(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    const statement = prepared.get(sql) ?? database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
}
