import { lastValueFrom, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ingestOwnDocs, packageFolder } from '../../../src/cli/demo/ownDocs.ts'
import { question, scriptedAnswer, sentences, topK } from '../../../src/cli/demo/scriptedAnswer.ts'
import { buildPrompt } from '../../../src/operators/buildPrompt.ts'
import { retrieve } from '../../../src/operators/retrieve.ts'
import { memoryStore } from '../../../src/stores/memoryStore.ts'
import type { Query } from '../../../src/types/query.ts'
import { scoredPassage } from '../../support/passage.ts'

function prompted(query: Query): Promise<Query> {
  return lastValueFrom(of(query).pipe(buildPrompt()))
}

// When this fails the documents no longer say what the demo says, or the question no longer finds it: change `sentences`, `question`.
describe('the scripted answer of the demo', () => {
  it('says all its sentences of our own documents, each with the number of a passage that holds its source', async () => {
    const store = memoryStore()
    await lastValueFrom(ingestOwnDocs(packageFolder(), store))
    const { passages = [], messages } = await lastValueFrom(of({ id: '1', question }).pipe(retrieve(store, { topK }), buildPrompt()))

    const text = scriptedAnswer({ messages })

    expect(text.replace(/ \[\d+\]/g, '')).toBe(sentences.map(({ says }) => `${says}.`).join(' '))
    const cited = Array.from(text.matchAll(/\[(\d+)\]/g), ([, number]) => passages[Number(number) - 1]?.text.replace(/\s+/g, ' '))
    expect(cited).toEqual(sentences.map(({ because }) => expect.stringContaining(because)))
  })

  it('leaves out what the passages do not hold', async () => {
    const [first, , third] = sentences
    const held = [scoredPassage('Nothing of it.'), scoredPassage(`| x | ${third?.because} |`), scoredPassage(first?.because.replaceAll(' ', '\n') ?? '')]
    const { messages } = await prompted({ id: '1', question, passages: held })

    expect(scriptedAnswer({ messages })).toBe(`${first?.says} [3]. ${third?.says} [2].`)
  })

  it('says so when they hold nothing of it', async () => {
    const { messages } = await prompted({ id: '1', question, passages: [scoredPassage('Herons wait.')] })

    expect(scriptedAnswer({ messages })).toBe('The passages do not say.')
  })
})
