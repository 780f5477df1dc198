import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmbeddedPassage, Metadata, Passage, ScoredPassage } from '../../src/types/document.ts'
import type { Filter } from '../../src/types/filter.ts'
import type { PassageStore, SearchRequest } from '../../src/types/ports.ts'
import { embeddedPassage } from '../support/passage.ts'
import { passagesOf, storedDocument } from '../support/storedDocument.ts'

/** What every `PassageStore` has to do; each store's test runs it on its own. */
export function storeContract(open: () => PassageStore | Promise<PassageStore>): void {
  let store: PassageStore
  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.close())

  const put = (id: string, texts: readonly string[], more: Parameters<typeof storedDocument>[1] = {}) =>
    firstValueFrom(store.upsert(storedDocument(id, more), passagesOf(id, texts)))
  const putEmbedded = (id: string, passages: readonly (Passage | EmbeddedPassage)[]) => firstValueFrom(store.upsert(storedDocument(id), passages))
  const search = (text: string, more: Partial<SearchRequest> = {}): Promise<readonly ScoredPassage[]> =>
    firstValueFrom(store.search({ text, topK: 10, ...more }))
  const idsOf = (passages: readonly ScoredPassage[]): string[] => passages.map(({ id }) => id)
  const found = async (text: string, more?: Partial<SearchRequest>) => idsOf(await search(text, more))
  const vector = (numbers: readonly number[], more: Partial<SearchRequest> = {}) =>
    found('', { embedding: Float32Array.from(numbers), retrieval: 'vector', ...more })
  const stats = () => firstValueFrom(store.stats())
  const prints = async (fileId?: string) => Object.fromEntries(await firstValueFrom(store.fingerprints(fileId)))

  describe('passages', () => {
    const passagesOfStore = (id: string, from?: number, to?: number) => firstValueFrom(store.passages(id, from === undefined ? undefined : { from, to: to ?? from }))
    const texts = Array.from({ length: 12 }, (_, place) => `words of place ${place}`)

    it('gives a document\'s in the order of the text, as they were', async () => {
      const [first] = passagesOf('a', texts)
      const rich: Passage = { ...first!, page: 2, headings: ['One'], title: 'Title', uri: 'file:///a', metadata: { n: 1 } }
      const document = { id: 'a', title: 'Title', uri: 'file:///a', metadata: { n: 1 } }
      await firstValueFrom(store.upsert({ document, fingerprint: 'f' }, [rich]))
      await put('b', texts)

      expect(await passagesOfStore('a')).toEqual([rich])
      expect(await passagesOfStore('b')).toEqual(passagesOf('b', texts))
    })

    it('gives those at the places asked for, both ends included, and what is there of them', async () => {
      await put('a', texts)
      await put('b', texts)

      expect((await passagesOfStore('a', 9, 10)).map(({ id }) => id)).toEqual(['a#9', 'a#10'])
      expect((await passagesOfStore('a', 2)).map(({ id }) => id)).toEqual(['a#2'])
      expect((await passagesOfStore('a', -3, 1)).map(({ id }) => id)).toEqual(['a#0', 'a#1'])
      expect((await passagesOfStore('a', 11, 40)).map(({ id }) => id)).toEqual(['a#11'])
      expect(await passagesOfStore('a', 12, 40)).toEqual([])
      expect(await passagesOfStore('a', 3, 2)).toEqual([])
    })

    it('gives none of a document that is not there, or has gone', async () => {
      await put('a', texts)
      await firstValueFrom(store.remove(['a']))

      expect(await passagesOfStore('a')).toEqual([])
      expect(await passagesOfStore('unknown')).toEqual([])
    })

    it('orders them by place, in whatever order they were written, and leaves embeddings out', async () => {
      const made = passagesOf('a', texts.slice(0, 3)).map((passage, index) => ({ ...passage, embedding: Float32Array.of(index, 1) }))
      await putEmbedded('a', made.toReversed())

      expect(await passagesOfStore('a')).toEqual(passagesOf('a', texts.slice(0, 3)))
    })
  })

  describe('writing', () => {
    it('gives a passage back as it was', async () => {
      const document = { id: 'a', title: 'Title', uri: 'file:///a', metadata: { tags: ['x', 'y'], deep: { n: 1, none: null } } }
      const whole: Passage = {
        ...passagesOf('a', ['zebra 🦓 "quoted" \u0000 \n end'])[0]!, tokens: 9, line: 4, page: 2, headings: ['One', 'Two "2"'], title: 'Title', uri: 'file:///a', metadata: document.metadata,
      }
      await firstValueFrom(store.upsert({ document, fingerprint: 'f' }, [whole]))

      expect(await search('zebra')).toEqual([{ ...whole, score: expect.any(Number) }])
    })

    it('does nothing until it is subscribed to', async () => {
      store.upsert(storedDocument('a'), passagesOf('a', ['apple']))

      expect(await stats()).toEqual({ files: 0, documents: 0, passages: 0 })
    })

    it('replaces a document with all its passages and embeddings', async () => {
      await putEmbedded('a', [embeddedPassage('apple', [1, 0], { documentId: 'a' }), embeddedPassage('pear', [1, 0], { id: 'a#1', documentId: 'a', start: 6 })])
      await putEmbedded('a', [embeddedPassage('plum', [0, 1], { documentId: 'a' })])

      expect(await found('apple pear')).toEqual([])
      expect(await found('plum')).toEqual(['a#0'])
      expect(await vector([1, 0])).toEqual(['a#0'])
      expect(await stats()).toEqual({ files: 0, documents: 1, passages: 1 })
    })

    it('keeps a document without passages', async () => {
      await put('a', [])

      expect(await stats()).toMatchObject({ documents: 1, passages: 0 })
      expect(await prints()).toEqual({ a: 'print of a' })
    })

    it('removes documents and says how many went', async () => {
      await put('a', ['apple'])
      await put('b', ['apple'])
      await put('c', ['apple'])

      expect(await firstValueFrom(store.remove(['a', 'c', 'unknown']))).toBe(2)
      expect(await found('apple')).toEqual(['b#0'])
      expect(await firstValueFrom(store.remove([]))).toBe(0)
      expect(await stats()).toEqual({ files: 0, documents: 1, passages: 1 })
    })

    it('refuses embeddings of another length, and leaves what was there', async () => {
      await putEmbedded('a', [embeddedPassage('apple', [1, 0], { documentId: 'a' })])
      const wrong = [embeddedPassage('pear', [1, 0], { documentId: 'a' }), embeddedPassage('plum', [1, 0, 0], { id: 'a#1', documentId: 'a' })]

      await expect(putEmbedded('a', wrong)).rejects.toThrow(/dimensions/)
      await expect(putEmbedded('b', [embeddedPassage('fig', [1, 0, 0], { documentId: 'b' })])).rejects.toThrow(/dimensions/)

      expect(await found('apple pear plum fig')).toEqual(['a#0'])
      expect(await vector([1, 0])).toEqual(['a#0'])
      expect(await prints()).toEqual({ a: 'print of a' })
    })

    it('learns no length from embeddings that it refuses', async () => {
      const mixed = [embeddedPassage('pear', [1, 0], { documentId: 'a' }), embeddedPassage('plum', [1, 0, 0], { id: 'a#1', documentId: 'a' })]

      await expect(putEmbedded('a', mixed)).rejects.toThrow(/dimensions/)
      await putEmbedded('a', [embeddedPassage('fig', [1, 0, 0], { documentId: 'a' })])
      await expect(putEmbedded('b', [embeddedPassage('fig', [1, 0], { documentId: 'b' })])).rejects.toThrow(/dimensions/)

      expect(await vector([1, 0, 0])).toEqual(['a#0'])
    })

    it.each([[[]], [[Number.NaN, 1]], [[Number.POSITIVE_INFINITY, 1]]])('refuses the embedding %j, and leaves what was there', async (numbers) => {
      await putEmbedded('a', [embeddedPassage('apple', [1, 0], { documentId: 'a' })])

      await expect(putEmbedded('a', [embeddedPassage('pear', numbers, { documentId: 'a' })])).rejects.toThrow(/embedding/)

      expect(await found('apple pear')).toEqual(['a#0'])
      expect(await vector([1, 0])).toEqual(['a#0'])
    })

    it('takes an embedding that is a window on a larger block of numbers', async () => {
      const block = Float32Array.of(9, 9, 0, 1, 9)
      await putEmbedded('a', [{ ...embeddedPassage('apple', [], { documentId: 'a' }), embedding: block.subarray(2, 4) }])
      await putEmbedded('b', [embeddedPassage('pear', [1, 0], { documentId: 'b' })])

      expect(await vector([0, 1])).toEqual(['a#0', 'b#0'])
    })

    it('fails once it is closed', async () => {
      await put('a', ['apple'])
      store.close()
      store.close()

      await expect(search('apple')).rejects.toMatchObject({ code: 'closed' })
      await expect(put('b', ['pear'])).rejects.toMatchObject({ code: 'closed' })
      await expect(stats()).rejects.toMatchObject({ code: 'closed' })
    })
  })

  describe('files', () => {
    const file = (id: string, more: { root?: string; stamp?: string; skipped?: string } = {}) => ({ id, root: '/docs', stamp: '1', ...more })
    const files = (root = '/docs') => firstValueFrom(store.files(root))

    it('remembers files by root, with why one was skipped', async () => {
      await firstValueFrom(store.commitFile(file('a'), []))
      await firstValueFrom(store.commitFile(file('b', { skipped: 'binary' }), []))
      await firstValueFrom(store.commitFile(file('c', { root: '/other' }), []))
      await firstValueFrom(store.commitFile(file('a', { stamp: '2' }), []))

      expect((await files()).toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([file('a', { stamp: '2' }), file('b', { skipped: 'binary' })])
      expect(await files('/none')).toEqual([])
      expect(await firstValueFrom(store.files('/docs', 'a'))).toContainEqual(file('a', { stamp: '2' }))
      expect(await stats()).toMatchObject({ files: 3 })
    })

    it('removes the documents of a file that the file no longer holds', async () => {
      await put('a#1', ['apple'], { fileId: 'a' })
      await put('a#2', ['apple'], { fileId: 'a' })
      await put('b#1', ['apple'], { fileId: 'b' })

      await firstValueFrom(store.commitFile(file('a'), ['a#2']))

      expect(await found('apple')).toEqual(['a#2#0', 'b#1#0'])
    })

    it('takes a document for that of the file it came from last', async () => {
      await put('moved', ['apple'], { fileId: 'a' })
      await put('moved', ['pear'], { fileId: 'b' })

      await firstValueFrom(store.commitFile(file('a'), []))

      expect(await prints('a')).toEqual({})
      expect(Object.keys(await prints('b'))).toEqual(['moved'])
      expect(await found('pear')).toEqual(['moved#0'])
      expect(await firstValueFrom(store.removeFiles(['a', 'b', 'b']))).toBe(1)
    })

    it('gives the fingerprints of one file, or of all', async () => {
      await put('a', ['apple'], { fileId: 'fa', fingerprint: '1' })
      await put('b', ['apple'], { fileId: 'fb', fingerprint: '2' })
      await put('c', ['apple'], { fingerprint: '3' })

      expect(await prints('fa')).toEqual({ a: '1' })
      expect(await prints('unknown')).toEqual({})
      expect(await prints()).toEqual({ a: '1', b: '2', c: '3' })
    })

    it('removes files with their documents and says how many documents went', async () => {
      await put('a#1', ['apple'], { fileId: 'a' })
      await put('a#2', ['apple'], { fileId: 'a' })
      await put('b#1', ['apple'], { fileId: 'b' })
      await put('c', ['apple'])
      await firstValueFrom(store.commitFile(file('a'), ['a#1', 'a#2']))
      await firstValueFrom(store.commitFile(file('b'), ['b#1']))

      expect(await firstValueFrom(store.removeFiles(['a', 'unknown']))).toBe(2)
      expect(await files()).toEqual([file('b')])
      expect(await found('apple')).toEqual(['b#1#0', 'c#0'])
      expect(await firstValueFrom(store.removeFiles([]))).toBe(0)
    })
  })

  describe('embeddings that are there already', () => {
    const known = async (texts: readonly string[], embedder = 'e') => Object.fromEntries([...((await firstValueFrom(store.embeddings!(texts, embedder))))].map(([text, numbers]) => [text, [...numbers]]))
    const putBy = (id: string, texts: readonly string[], numbers: readonly number[], embedder?: string) =>
      firstValueFrom(store.upsert({ ...storedDocument(id), ...(embedder !== undefined && { embedder }) }, passagesOf(id, texts).map((passage) => ({ ...passage, embedding: Float32Array.from(numbers) }))))

    it('are found by their text and embedder, as long as some document has them', async () => {
      await putBy('a', ['apple', 'pear'], [1, 0.5], 'e')
      await putBy('b', ['apple'], [1, 0.5], 'e')

      expect(await known(['apple', 'pear', 'fig', 'apple'])).toEqual({ apple: [1, 0.5], pear: [1, 0.5] })
      expect(await known(['apple'], 'other')).toEqual({})
      await firstValueFrom(store.remove(['a']))
      expect(await known(['apple', 'pear'])).toEqual({ apple: [1, 0.5] })
      await firstValueFrom(store.remove(['b']))
      expect(await known(['apple', 'pear'])).toEqual({})
    })

    it('are not found when their embedder is not known, or when there are none', async () => {
      await putBy('a', ['apple'], [1, 0.5])
      await put('b', ['pear'])

      expect(await known(['apple', 'pear'], 'undefined')).toEqual({})
    })
  })

  describe('search by words', () => {
    it('finds passages that hold a word of the question, the better match first', async () => {
      await put('a', ['the rain in spain', 'plain words'])
      await put('b', ['rain rain rain', 'nothing of it'])

      expect(await found('Does it rain?')).toEqual(['b#0', 'a#0'])
    })

    it('finds words by their stem, without case and accents, in identifiers too', async () => {
      await put('a', ['Indexing documents', 'Le café est fermé', 'use mergeMap with a limit', 'version 7.8.2'])

      expect(await found('indexed document')).toEqual(['a#0'])
      expect(await found('CAFE')).toEqual(['a#1'])
      expect(await found('mergemap')).toEqual(['a#2'])
      expect(await found('merge')).toEqual(['a#2'])
      expect(await found('7.8.2')).toEqual(['a#3'])
    })

    it('finds passages by the title of their document and by their headings', async () => {
      const [plain] = passagesOf('a', ['words'])
      const titled = { ...plain!, title: 'Zebra', headings: ['Stripes'] }
      await firstValueFrom(store.upsert(storedDocument('a', { title: 'Zebra' }), [titled]))
      await put('b', ['other words'])

      expect(await found('zebra')).toEqual(['a#0'])
      expect(await found('stripe')).toEqual(['a#0'])
    })

    it('finds writing without blanks', async () => {
      await put('a', ['東京都は日本の首都です', 'ภาษาไทยไม่เว้นวรรค'])
      await put('b', ['大阪は日本の都市です'])

      expect(await found('首都')).toEqual(['a#0'])
      expect(await found('東京')).toEqual(['a#0'])
      expect((await found('日本')).toSorted()).toEqual(['a#0', 'b#0'])
      expect(await found('ภาษา')).toEqual(['a#1'])
    })

    it('gives at most topK, best first', async () => {
      for (let index = 0; index < 30; index++) await put(`d${String(index).padStart(2, '0')}`, [`apple ${'filler '.repeat(index)}`])

      const best = await search('apple', { topK: 3 })

      expect(idsOf(best)).toEqual(['d00#0', 'd01#0', 'd02#0'])
      expect(best.every(({ score }, index) => score > 0 && score <= (best[index - 1]?.score ?? Infinity))).toBe(true)
      expect(await found('apple', { topK: 1000 })).toHaveLength(30)
    })

    it('orders equal scores by document and place, however they were written', async () => {
      for (const id of ['c', 'a', 'b']) await put(id, ['same words', 'same words'])
      await put('a', ['same words', 'same words'])

      expect(await found('words')).toEqual(['a#0', 'a#1', 'b#0', 'b#1', 'c#0', 'c#1'])
    })

    it('finds a word that every passage holds', async () => {
      await put('a', ['apple pie', 'apple tart'])

      expect(await found('apple')).toHaveLength(2)
    })

    it('finds nothing in an empty store', async () => {
      expect(await found('apple')).toEqual([])
      expect(await vector([1, 0])).toEqual([])
      expect(await found('apple', { embedding: Float32Array.of(1, 0) })).toEqual([])
      expect(await firstValueFrom(store.sample(5))).toEqual([])
      expect(await stats()).toEqual({ files: 0, documents: 0, passages: 0 })
    })

    it.each(['', ' ', 'the of and', '?!', '"', '\u0000', '🦓', '-', '*', '()'])('finds nothing for %j', async (question) => {
      await put('a', ['apple the of and'])

      expect(await found(question)).toEqual([])
    })

    it.each([
      '"apple', "'apple'", 'apple*', 'apple AND', 'NOT apple', 'OR OR apple', 'NEAR(apple, 3)', 'terms:apple', 'passage_terms : apple', '^apple', 'apple + -', '{apple}',
      'apple\u0000', 'apple; DROP TABLE passages', "apple' OR 1=1 --", 'apple 🦓', '(apple', 'apple)', '⑴ apple', 'ﷺ apple', '\ud83d apple', 'apple %s ?1 :x @y $z',
    ])('takes %j as words', async (question) => {
      await put('a', ['apple'])
      await put('b', ['pear'])

      expect(await found(question)).toEqual(['a#0'])
    })

    it('takes a question of 100,000 characters', async () => {
      await put('a', ['apple'])
      await put('b', ['pear'])
      const words = Array.from({ length: 16_000 }, (_, index) => `w${index.toString(36)}`).join(' ')
      const long = [words, `apple ${words}`, 'éaB'.repeat(33_000), '漢a'.repeat(50_000), '漢'.repeat(100_000), '"'.repeat(100_000), "a'".repeat(50_000)]

      expect(await Promise.all(long.map((question) => found(question)))).toEqual([[], ['a#0'], [], [], [], [], []])
    })
  })

  describe('search by embedding', () => {
    beforeEach(async () => {
      await putEmbedded('a', [embeddedPassage('east', [2, 0], { documentId: 'a' }), embeddedPassage('north', [0, 3], { id: 'a#1', documentId: 'a', start: 5 })])
      await putEmbedded('b', [embeddedPassage('north-east', [1, 1], { documentId: 'b' })])
      await put('c', ['has no embedding'])
    })

    it('gives the nearest by cosine, with it as the score', async () => {
      const near = await search('', { embedding: Float32Array.of(10, 0), retrieval: 'vector' })

      expect(idsOf(near)).toEqual(['a#0', 'b#0', 'a#1'])
      expect(near.map(({ score }) => score)).toEqual([expect.closeTo(1), expect.closeTo(Math.SQRT1_2), expect.closeTo(0)])
      expect(near[0]).not.toHaveProperty('embedding')
    })

    it('gives at most topK, ties by document and place', async () => {
      await putEmbedded('0', [embeddedPassage('east again', [4, 0], { documentId: '0' })])

      expect(await vector([1, 0], { topK: 2 })).toEqual(['0#0', 'a#0'])
    })

    it('sees what was written, replaced and removed since the last search', async () => {
      await vector([1, 0])
      await putEmbedded('d', [embeddedPassage('west', [-1, 0], { documentId: 'd' })])
      expect((await vector([-1, 0]))[0]).toBe('d#0')
      await putEmbedded('d', [embeddedPassage('east', [1, 0.01], { documentId: 'd' })])
      expect((await vector([-1, 0])).at(-1)).toBe('a#0')
      await firstValueFrom(store.remove(['a']))
      expect(await vector([1, 0])).toEqual(['d#0', 'b#0'])
    })

    it('takes an embedding of zeros', async () => {
      await putEmbedded('z', [embeddedPassage('nothing', [0, 0], { documentId: 'z' })])

      expect(await vector([0, 0])).toHaveLength(4)
    })

    it('refuses a question of another length', async () => {
      await expect(vector([1, 0, 0])).rejects.toThrow(/dimensions/)
    })

    it('refuses to search by embedding without one', async () => {
      await expect(search('east', { retrieval: 'vector' })).rejects.toMatchObject({ code: 'invalid-option' })
      await expect(search('east', { retrieval: 'hybrid' })).rejects.toMatchObject({ code: 'invalid-option' })
    })

    it('fuses both ways by reciprocal rank when it has an embedding', async () => {
      const both = await search('north', { embedding: Float32Array.of(1, 0) })

      // By words: north, north-east; by embedding: east, north-east, north.
      expect(both.map(({ id, score }) => [id, score])).toEqual([
        ['a#1', expect.closeTo(1 / 61 + 1 / 63, 10)],
        ['b#0', expect.closeTo(1 / 62 + 1 / 62, 10)],
        ['a#0', expect.closeTo(1 / 61, 10)],
      ])
    })

    it('searches by words alone when told so, also with an embedding', async () => {
      expect(await found('embedding', { embedding: Float32Array.of(1, 0), retrieval: 'bm25' })).toEqual(['c#0'])
    })
  })

  describe('phrases', () => {
    beforeEach(async () => {
      await put('a', ['the heron waits in shallow water', 'shallow waters, and a heron'])
      await put('b', ['water that is shallow', 'a heron by the sea'])
    })

    it('keeps to passages where the quoted words stand together in this order, by their stems', async () => {
      expect((await found('"shallow water"')).toSorted()).toEqual(['a#0', 'a#1'])
      expect(await found('“heron waited”')).toEqual(['a#0'])
      expect(await found('"water shallow"')).toEqual(['b#0'])
      expect(await found('"heron waits" "shallow water"')).toEqual(['a#0'])
    })

    it('passes over stop words in a phrase, as the index does', async () => {
      expect(await found('"waits in the shallow"')).toEqual(['a#0'])
      expect(await found('"the of and" sea')).toEqual(['b#1'])
    })

    it('ranks what has the phrase by the other words too', async () => {
      expect(await found('"shallow water" waits')).toEqual(['a#0', 'a#1'])
    })

    it('takes the words when no passage has the phrase', async () => {
      expect((await found('"sea heron"')).toSorted()).toEqual(['a#0', 'a#1', 'b#1'])
      expect(await found('what does the "unheard of" sea do?')).toEqual(['b#1'])
    })
  })

  describe('filters', () => {
    const add = (id: string, metadata: Metadata, more: { title?: string; uri?: string } = {}) =>
      firstValueFrom(store.upsert({ document: { id, metadata, ...more }, fingerprint: id }, [{ ...embeddedPassage('apple', [1, 0], { documentId: id, id: `${id}#0` }), metadata, ...more }]))
    beforeEach(async () => {
      await add('a', { year: 2019, lang: 'en', tags: ['x', 'y'], author: { name: 'Ann' }, date: '2019-05-01' }, { title: 'First', uri: 'file:///a' })
      await add('b', { year: 2020, lang: 'de', tags: ['y'], author: [{ name: 'Bo' }, { name: 'Ann' }], date: '2020-01-31T10:00:00.000Z' })
      await add('c', { year: '2021', lang: 'en', draft: true, none: null })
    })

    it.each<[Filter, string[]]>([
      [{ field: 'lang', equals: 'en' }, ['a', 'c']],
      [{ field: 'year', equals: 2020 }, ['b']],
      [{ field: 'year', equals: '2020' }, []],
      [{ field: 'draft', equals: true }, ['c']],
      [{ field: 'none', equals: null }, ['c']],
      [{ field: 'tags', equals: 'x' }, ['a']],
      [{ field: 'year', in: [2019, '2021'] }, ['a', 'c']],
      [{ field: 'year', in: [] }, []],
      [{ field: 'year', from: 2020 }, ['b']],
      [{ field: 'year', from: 2019, to: 2019.5 }, ['a']],
      [{ field: 'date', from: '2019-05-01', to: '2020' }, ['a']],
      [{ field: 'date', from: '2020' }, ['b']],
      [{ field: 'lang', prefix: 'e' }, ['a', 'c']],
      [{ field: 'tags', exists: true }, ['a', 'b']],
      [{ field: 'none', exists: true }, ['c']],
      [{ field: 'draft', exists: false }, ['a', 'b']],
      [{ field: 'author.name', equals: 'Ann' }, ['a', 'b']],
      [{ field: 'author', equals: 'Ann' }, []],
      [{ field: 'constructor', exists: true }, []],
      [{ field: 'documentId', in: ['a', 'z'] }, ['a']],
      [{ field: 'title', equals: 'First' }, ['a']],
      [{ field: 'uri', prefix: 'file:' }, ['a']],
      [{ not: { field: 'tags', equals: 'x' } }, ['b', 'c']],
      [{ and: [{ field: 'lang', equals: 'en' }, { field: 'year', from: 0 }] }, ['a']],
      [{ or: [{ field: 'year', equals: 2020 }, { field: 'draft', equals: true }] }, ['b', 'c']],
      [{ and: [] }, ['a', 'b', 'c']],
      [{ or: [] }, []],
    ])('%j', async (filter, ids) => {
      const passages = ids.map((id) => `${id}#0`)
      const embedding = Float32Array.of(1, 0)

      expect((await found('apple', { filter })).toSorted()).toEqual(passages)
      expect((await vector([1, 0], { filter })).toSorted()).toEqual(passages)
      expect((await found('apple', { filter, embedding })).toSorted()).toEqual(passages)
    })

    it('come before the bound on the result', async () => {
      await put('best', ['apple apple apple'])

      expect(await found('apple', { topK: 1, filter: { field: 'year', equals: 2020 } })).toEqual(['b#0'])
      expect(await vector([1, 0], { topK: 1, filter: { field: 'year', equals: 2020 } })).toEqual(['b#0'])
    })

    it('see what was written since', async () => {
      const filter = { field: 'year', from: 2020 } as const
      expect(await found('apple', { filter })).toEqual(['b#0'])
      await add('d', { year: 2022 })
      await firstValueFrom(store.remove(['b']))

      expect(await found('apple', { filter })).toEqual(['d#0'])
    })

    it.each([{}, { field: 'a' }, { field: '' , equals: 1 }, { field: 'a', from: 1, to: '2' }, { field: 'a', in: 'b' }, { field: 'a', equals: {} }, { and: {} }, null])(
      'refuses %j', async (filter) => {
        await expect(found('apple', { filter: filter as never })).rejects.toMatchObject({ code: 'invalid-option' })
      },
    )
  })

  describe('weights', () => {
    it('say how much each ranking counts in hybrid', async () => {
      await putEmbedded('a', [embeddedPassage('apple', [0, 1], { documentId: 'a' })])
      await putEmbedded('b', [embeddedPassage('pear', [1, 0], { documentId: 'b' })])
      const embedding = Float32Array.of(1, 0)

      expect(await found('apple', { embedding, weights: { bm25: 3 } })).toEqual(['a#0', 'b#0'])
      expect(await found('apple', { embedding, weights: { bm25: 0.1, vector: 9 } })).toEqual(['b#0', 'a#0'])
      expect(await found('apple', { embedding, weights: { vector: 0 } })).toEqual(['a#0'])
      await expect(found('apple', { embedding, weights: { bm25: 0, vector: 0 } })).rejects.toMatchObject({ code: 'invalid-option' })
      await expect(found('apple', { embedding, weights: { bm25: -1 } })).rejects.toMatchObject({ code: 'invalid-option' })
    })
  })

  describe('sample', () => {
    it('takes the beginning of documents spread over all, in their order', async () => {
      for (const id of ['d', 'b', 'a', 'c']) await put(id, ['one', 'two', 'three'])

      expect(idsOf(await firstValueFrom(store.sample(2)))).toEqual(['a#0', 'c#0'])
      expect(idsOf(await firstValueFrom(store.sample(4)))).toEqual(['a#0', 'b#0', 'c#0', 'd#0'])
      expect(idsOf(await firstValueFrom(store.sample(8)))).toEqual(['a#0', 'a#1', 'b#0', 'b#1', 'c#0', 'c#1', 'd#0', 'd#1'])
      expect(await firstValueFrom(store.sample(100))).toHaveLength(12)
      expect(await firstValueFrom(store.sample(0))).toEqual([])
    })

    it('passes over documents without passages', async () => {
      await put('a', [])
      await put('b', ['one', 'two'])

      expect(idsOf(await firstValueFrom(store.sample(2)))).toEqual(['b#0', 'b#1'])
    })
  })
}
