import { InputError } from '../../errors.ts'
import { createHashTable } from '../../internal/hashTable.ts'
import type { BatchQuestion } from '../../types/question.ts'
import { identityOf, questionHash } from './rows.ts'

/** What is in the output already: whether it answers the question that now has its id, and with which settings. */
export function createDone() {
  const hashes = createHashTable()
  const asNumber = (hexadecimal: string) => Number.parseInt(hexadecimal.slice(0, 12), 16)
  const made = new Map<string, number>()
  return {
    /** Rows by the hash of their configuration. */
    made: made as ReadonlyMap<string, number>,
    note(row: Readonly<Record<string, unknown>>, id: string): void {
      const { key } = identityOf(row)
      if (typeof key !== 'string') return
      const value = asNumber(key)
      if (!Number.isNaN(value)) hashes.set(id, value)
      const configuration = key.slice(key.indexOf('-') + 1)
      made.set(configuration, (made.get(configuration) ?? 0) + 1)
    },
    check(question: BatchQuestion, name: string, out: string): void {
      const found = hashes.get(question.id)
      if (found === undefined || found === asNumber(questionHash(question))) return
      throw new InputError(
        `${name}:${question.line}: ${out} answers another question with the id ${JSON.stringify(question.id)}. Give the new one another id, or keep the old answer with --force.`,
      )
    },
  }
}
