import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { extractive } from '../../src/models/extractive.ts'
import { compact } from '../../src/modes/compact.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'

interface Asked {
  readonly id: string
  readonly text: string
  /** What a right answer says; null when the documents do not. */
  readonly expect: string | null
}

const folder = join(import.meta.dirname, '../fixtures/answering')
const questions = readFileSync(join(folder, 'questions.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Asked)

it('answers what the documents say and refuses what they do not, offline: both shares stand in docs/answering.md', async () => {
  const store = memoryStore()
  await lastValueFrom(ingest(filesIn(join(folder, 'documents')), { store }))
  const model = compact(extractive())
  const ends = await Promise.all(
    questions.map(async ({ id, text, expect: wanted }) => {
      const { text: said } = await lastValueFrom(answer(text, { store, model }).pipe(toCompletion()))
      const refused = said.startsWith('Found nothing about this')
      return { id, answerable: wanted !== null, refused, right: wanted === null ? refused : !refused && new RegExp(wanted).test(said) }
    }),
  )
  const share = (answerable: boolean) => {
    const some = ends.filter((end) => end.answerable === answerable)
    return `${some.filter(({ right }) => right).length} of ${some.length}`
  }
  const wrong = ends.filter(({ right }) => !right).map(({ id }) => id)
  const page = readFileSync(join(import.meta.dirname, '../../docs/answering.md'), 'utf8')
  expect(`${share(true)} rightly answered, ${share(false)} rightly refused; wrong: ${wrong.join(' ')}`).toBe(/\d+ of \d+ rightly answered, [^;]*; wrong: [^.]*/.exec(page)?.[0])
})
