import type { DatabaseSync } from 'node:sqlite'
import { Observable, type Subscriber } from 'rxjs'
import { inTransaction } from './transaction.ts'

/** Bounds how long one transaction takes, for whoever waits to write. */
const maxTogether = 128

interface Write {
  readonly work: () => unknown
  readonly subscriber: Subscriber<unknown>
}

/**
 * Writes asked for in one turn of the event loop share a transaction, in the order in which they were asked for: a commit, and what
 * FTS5 does at each, costs more than the rows of a small document. Each is done once it was committed. One that fails
 * leaves the transaction, and the others are done again without it.
 *
 * - Drop: what is unsubscribed while it waits is not written.
 *
 * @param attempt Runs a transaction, and turns its errors into ours.
 */
export function createWriteQueue(database: DatabaseSync, path: string, attempt: <T>(work: () => T) => T): <T>(work: () => T) => Observable<T> {
  const waiting = new Set<Write>()
  let scheduled = false

  const schedule = () => {
    if (scheduled || waiting.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      const writes = [...waiting].slice(0, maxTogether)
      for (const write of writes) waiting.delete(write)
      commit(writes)
      schedule()
    })
  }
  const commit = (writes: readonly Write[]): void => {
    let under: Write | undefined
    const workAll = () => {
      const results = writes.map((write) => {
        under = write
        return write.work()
      })
      under = undefined
      return results
    }
    try {
      const results = attempt(() => inTransaction(database, path, workAll))
      writes.forEach(({ subscriber }, index) => {
        subscriber.next(results[index])
        subscriber.complete()
      })
    } catch (error) {
      const failed = under === undefined ? writes : [under]
      const rest = writes.filter((write) => !failed.includes(write))
      for (const { subscriber } of failed) subscriber.error(error)
      const wanted = rest.filter(({ subscriber }) => !subscriber.closed)
      if (wanted.length > 0) commit(wanted)
    }
  }

  return <T>(work: () => T) =>
    new Observable<T>((subscriber) => {
      const write: Write = { work, subscriber }
      waiting.add(write)
      subscriber.add(() => waiting.delete(write))
      schedule()
    })
}
