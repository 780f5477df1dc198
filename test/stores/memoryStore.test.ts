import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ContractError } from '../../src/errors.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { passage } from '../support/passage.ts'
import { storeContract } from './storeContract.ts'

describe('memoryStore', () => {
  storeContract(() => memoryStore())

  // Looking through all documents at every file takes minutes, and more than the runner gives.
  it('takes in 50,000 files in a time that grows with their number', async () => {
    const store = memoryStore()
    for (let number = 0; number < 50_000; number++) {
      const id = `file ${number}`
      const passage = { id: `${id}#0`, documentId: id, text: 'apple', start: 0, end: 5, tokens: 1, headings: [], line: 1 }
      await lastValueFrom(store.fingerprints(id))
      await lastValueFrom(store.upsert({ document: { id }, fingerprint: '1', fileId: id }, [passage]))
      await lastValueFrom(store.commitFile({ id, root: '', stamp: '' }, [id]))
    }
    expect(await lastValueFrom(store.stats())).toEqual({ files: 50_000, documents: 50_000, passages: 50_000 })
  })

  // Going through the whole document for each takes minutes, and more than the runner gives.
  it('reads three places of a document 50,000 times, in a time that does not grow with the document', async () => {
    const store = memoryStore()
    const passages = Array.from({ length: 50_000 }, (_, place) => passage('apple', { id: `d#${place}`, documentId: 'd', start: 6 * place }))
    await lastValueFrom(store.upsert({ document: { id: 'd' }, fingerprint: '1' }, passages.toReversed()))

    for (let from = 0; from < 50_000; from++) {
      const read = await lastValueFrom(store.passages('d', { from, to: from + 2 }))
      expect(read.map(({ id }) => id)).toEqual(passages.slice(from, from + 3).map(({ id }) => id))
    }
  })

  it('reads what a document has now, after it was read as it was before', async () => {
    const store = memoryStore()
    for (const text of ['apple', 'pear']) {
      await lastValueFrom(store.upsert({ document: { id: 'd' }, fingerprint: text }, [passage(text, { id: 'd#0', documentId: 'd' })]))
      expect((await lastValueFrom(store.passages('d'))).map((one) => one.text)).toEqual([text])
    }
  })

  it('takes ids that name no place, and fails only where places are asked for', async () => {
    const store = memoryStore()
    await lastValueFrom(store.upsert({ document: { id: 'd' }, fingerprint: '1' }, [passage('apple', { id: 'mine', documentId: 'd' })]))

    expect(await lastValueFrom(store.search({ text: 'apple', topK: 1 }))).toHaveLength(1)
    await expect(lastValueFrom(store.passages('d'))).rejects.toThrow(ContractError)
  })
})
