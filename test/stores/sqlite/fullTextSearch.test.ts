import { firstValueFrom } from 'rxjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { analyze } from '../../../src/internal/analyze.ts'
import { memoryStore } from '../../../src/stores/memoryStore.ts'
import { sqliteStore } from '../../../src/stores/sqlite/sqliteStore.ts'
import type { Passage } from '../../../src/types/document.ts'
import type { PassageStore } from '../../../src/types/ports.ts'
import { fillerText, fillerWord, randomNumbers } from '../../support/fillerText.ts'
import { passage } from '../../support/passage.ts'
import { passagesOf, storedDocument } from '../../support/storedDocument.ts'

const dimensions = 16

async function fill(store: PassageStore): Promise<PassageStore> {
  const random = randomNumbers(7)
  for (let document = 0; document < 500; document++) {
    const texts = Array.from({ length: 10 }, () => fillerText(random, 20 + Math.floor(random() * 60)))
    const passages = passagesOf(`d${document}`, texts).map((plain) => ({ ...plain, embedding: Float32Array.from({ length: dimensions }, () => random() - 0.5) }))
    await firstValueFrom(store.upsert(storedDocument(`d${document}`), passages))
  }
  return store
}

/** Of 5,000 passages: the postings come from SQLite, the formula is the memory store's. */
describe('full-text search', () => {
  let sqlite: PassageStore
  let memory: PassageStore
  beforeAll(async () => {
    sqlite = await fill(sqliteStore(':memory:'))
    memory = await fill(memoryStore())
  })
  const found = async (store: PassageStore, text: string, topK = 10) => (await firstValueFrom(store.search({ text, topK }))).map(({ id }) => id)

  it('finds what the memory store finds, for rare words and frequent ones', async () => {
    const random = randomNumbers(11)
    for (let round = 0; round < 50; round++) {
      const words = round % 2 === 0 ? fillerText(random, 4) : Array.from({ length: 4 }, () => fillerWord(200 + Math.floor(1800 * random()))).join(' ')
      expect(await found(sqlite, words, 1000), words).toEqual(await found(memory, words, 1000))
    }
  })

  it('agrees with the memory store exactly in the search by embedding', async () => {
    const random = randomNumbers(13)
    for (let round = 0; round < 10; round++) {
      const request = { text: '', topK: 10, retrieval: 'vector', embedding: Float32Array.from({ length: dimensions }, () => random() - 0.5) } as const
      expect(await firstValueFrom(sqlite.search(request))).toEqual(await firstValueFrom(memory.search(request)))
    }
  })

  it('takes anything as words', async () => {
    const needle = (text: string): Passage => passage(text, { id: 'needle#0', documentId: 'needle' })
    await firstValueFrom(sqlite.upsert(storedDocument('needle'), [needle('apple 漢字 don\'t v7.8.2 snake_case (1)')]))

    for (const hostile of [
      '"apple', "'apple'", 'apple*', 'apple AND', 'NOT apple', 'OR OR apple', 'NEAR(apple, 3)', 'terms:apple', 'passage_terms : apple', 'rank MATCH apple', '^apple',
      'apple + -', '{apple}', 'apple\u0000', 'apple; DROP TABLE passages', "apple' OR 1=1 --", '(apple', '⑴ apple', 'ﷺ apple', '\ud83d apple', '🦓 apple',
      '漢字', 'snake_case', '7.8.2', "don't",
    ]) {
      expect(await found(sqlite, hostile, 1), hostile).toEqual(['needle#0'])
    }
    for (const nothing of ['', 'the of and', '"', '*', '-', '()', '\u0000', 'AND OR NOT', 'nowherewritten']) expect(await found(sqlite, nothing), nothing).toEqual([])
    await firstValueFrom(sqlite.remove(['needle']))
  })

  it('takes a question of 100,000 characters', async () => {
    const words = Array.from({ length: 16_000 }, (_, index) => fillerWord(2000 + index)).join(' ')

    expect(await found(sqlite, words)).toEqual([])
    expect(await found(sqlite, `${words} ${fillerWord(1999)}`, 1)).toHaveLength(1)
    expect(await found(sqlite, '漢'.repeat(100_000))).toEqual([])
    expect(await found(sqlite, 'éaB'.repeat(33_000))).toEqual([])
  })

  it('never gets a term that could leave its quotes', () => {
    const unsafe: string[] = []
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      for (const term of analyze(`${character} a${character}1`)) if (/["\u0000]/.test(term) || term === '') unsafe.push(code.toString(16))
    }
    expect(unsafe).toEqual([])
  })
})
