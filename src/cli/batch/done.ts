import { InputError } from '../../errors.ts'
import { createHashTable } from '../../internal/hashTable.ts'
import type { BatchQuestion } from '../../types/question.ts'
import { identityOf, questionHash } from './rows.ts'

/** What is in the output already, and whether it answers the question that now has its id. */
export function createDone() {
  const hashes = createHashTable()
  const asNumber = (hexadecimal: string) => Number.parseInt(hexadecimal.slice(0, 12), 16)
  return {
    note(row: Readonly<Record<string, unknown>>, id: string): void {
      const { key } = identityOf(row)
      const value = typeof key === 'string' ? asNumber(key) : Number.NaN
      if (!Number.isNaN(value)) hashes.set(id, value)
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
