import { lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/stores/memoryStore.ts'
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
})
