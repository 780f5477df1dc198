import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { InputError } from '../../src/errors.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'

function docsIn(parent: string, text: string): string {
  const folder = join(parent, 'docs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'a.txt'), text)
  return folder
}

it('refuses a second folder of the same name instead of writing over the first, and takes both when given together', async () => {
  const store = memoryStore()
  const here = docsIn(temporaryFolder(), 'The first folder has this.')
  const there = docsIn(temporaryFolder(), 'The second folder has that.')
  await lastValueFrom(ingest(filesIn(here), { store }))

  await expect(lastValueFrom(ingest(filesIn(there), { store }))).rejects.toThrow(InputError)
  expect((await firstValueFrom(store.search({ text: 'first', topK: 5 }))).map(({ documentId }) => documentId)).toEqual(['docs/a.txt'])

  await lastValueFrom(ingest(filesIn([here, there]), { store }))
  expect((await firstValueFrom(store.stats())).documents).toBe(2)
})

it('lets a folder that was moved take the place of the one that has gone', async () => {
  const store = memoryStore()
  const before = docsIn(temporaryFolder(), 'The heron waits.')
  await lastValueFrom(ingest(filesIn(before), { store }))
  const after = docsIn(temporaryFolder(), 'The heron waits.')

  const summary = await lastValueFrom(ingest(filesIn(after), { store, rootExists: (root) => root !== before }))

  expect(summary).toMatchObject({ documents: 1, unchanged: 0, removed: 0 })
  expect((await firstValueFrom(store.files())).map(({ root }) => root)).toEqual([after])
})
