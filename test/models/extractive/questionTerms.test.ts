import { describe, expect, it } from 'vitest'
import { questionTerms, weights } from '../../../src/models/extractive/questionTerms.ts'

const termsOf = (question: string) => questionTerms(question).map(({ term }) => term)
const find = (question: string, word: string) => questionTerms(question).find((term) => term.word === word)

describe('questionTerms', () => {
  it('leaves out the words by which a question is asked', () => {
    expect(termsOf('Can you please tell me about bees?')).toEqual(['bee'])
    expect(termsOf('what does it say in the document')).toEqual([])
    expect(termsOf('')).toEqual([])
  })

  it('weighs identifiers above names, names above words, and general words least', () => {
    expect(find('how do I use mergeMap', 'mergeMap')).toMatchObject({ weight: weights.identifier, needed: 'document', parts: ['merg', 'map'] })
    expect(find('how old is Iwan', 'Iwan')).toMatchObject({ weight: weights.name, needed: 'document' })
    expect(find('what happened in 1968', '1968')).toMatchObject({ weight: weights.name, needed: 'near' })
    expect(find('how do bees fly', 'bees')).toMatchObject({ weight: weights.plain, needed: undefined })
    expect(find('how do bees work', 'work')).toMatchObject({ weight: weights.common, needed: undefined })
  })

  it('asks for the thing itself when it is asked of another', () => {
    expect(find('what is the capital of mongolia', 'capital')?.needed).toBe('near')
    expect(find('how many legs has a bee', 'legs')?.needed).toBe('near')
    expect(find('what is the purpose of smoke', 'purpose')?.needed).toBeUndefined()
  })

  it('lets the speaker of a text be far', () => {
    expect(find('what did the president say about tea', 'president')).toMatchObject({ weight: weights.common, needed: undefined })
  })

  it('takes capitals for names only where they tell something', () => {
    expect(find('Bees need water', 'Bees')?.weight).toBe(weights.plain)
    expect(find('How Do Bees Find Water', 'Water')?.weight).toBe(weights.plain)
  })

  it('reads scripts without blanks as pairs of characters', () => {
    expect(termsOf('蜜蜂需要水')).toContain('蜜蜂')
  })

  it('names each word once, and reads only the beginning of an endless question', () => {
    expect(termsOf('bees bees bee')).toEqual(['bee'])
    expect(termsOf(`${'zebra '.repeat(100_000)}lion`)).not.toContain('lion')
  })
})
