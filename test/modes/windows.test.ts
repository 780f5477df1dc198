import { concat, from, lastValueFrom, of, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { compact } from '../../src/modes/compact.ts'
import { refine } from '../../src/modes/refine.ts'
import { type ResponseModeName, responseModes } from '../../src/modes/responseModes.ts'
import { treeSummarize } from '../../src/modes/treeSummarize.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { measure } from '../../src/operators/measure.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest, Message } from '../../src/types/completion.ts'
import type { LanguageModel, Tokenizer } from '../../src/types/ports.ts'
import type { Query } from '../../src/types/query.ts'
import { finish, markAt, text } from '../support/chunks.ts'
import { scoredPassage } from '../support/passage.ts'
import { scriptedModel } from '../support/scriptedModel.ts'

/** A token is four characters. */
const quarters: Tokenizer = { id: 'quarters', exact: true, count: (words) => Math.ceil(words.length / 4) }
const textOf = (tokens: number) => 'gates '.repeat(Math.ceil((tokens * 4) / 6))
const passages = (count: number, tokens: number) => Array.from({ length: count }, (_, index) => scoredPassage(textOf(tokens), count - index, { documentId: `d${index}`, tokens }))
const asking = (more: Partial<Query> = {}): Query => ({ id: '1', question: 'Which gates?', passages: passages(12, 800), ...more })
const sizeOf = (messages: readonly Message[]) => messages.reduce((sum, { content }) => sum + quarters.count(content), 0)

/** Answers each call with so many tokens; what it is asked is kept. */
function answering(tokens: number, more: Partial<LanguageModel> = {}) {
  const requests: CompletionRequest[] = []
  const model = { ...scriptedModel((request) => (requests.push(request), from<Chunk[]>([text(textOf(tokens)), finish()]))), ...more }
  return { model, requests }
}
const calling = Object.keys(responseModes).filter((name) => name !== 'context-only') as ResponseModeName[]

describe.each(calling)('the window of %s', (mode) => {
  it.each([
    ['a long question', { question: `${textOf(1200)}?` }, { answerTokens: 1000 }, 700],
    ['drafts as long as an answer may be', {}, { answerTokens: 3000 }, 2900],
    ['a model that does not keep to its bound', {}, { answerTokens: 500 }, 6000],
    ['a passage that is larger than the window', { passages: passages(1, 20_000) }, { answerTokens: 500 }, 400],
    ['a conversation that is larger than the window', { history: [{ role: 'user' as const, content: textOf(9000) }] }, { answerTokens: 500 }, 400],
  ])('holds every prompt, and each has passages in it or what was made of them: %s', async (_, query, options, tokens) => {
    const { model, requests } = answering(tokens)
    const answer = responseModes[mode](model, { maxInputTokens: 4500, tokenizer: quarters, ...options })
    await lastValueFrom(of(asking(query)).pipe(generateAnswer(answer)))
    for (const { messages } of requests) {
      expect(sizeOf(messages)).toBeLessThanOrEqual(4500)
      expect(messages.at(-1)!.content).toContain('gates gates')
      expect(messages.at(-1)!.content).not.toContain('(none found)')
    }
  })

  it('may be small, or unknown with answers of any length', async () => {
    for (const [model, options] of [[answering(50, { contextTokens: 1200 }), {}], [answering(50), { answerTokens: 16_000 }]] as const) {
      await lastValueFrom(of(asking({ passages: passages(3, 700) })).pipe(generateAnswer(responseModes[mode](model.model, { tokenizer: quarters, ...options }))))
      for (const { messages } of model.requests) expect(sizeOf(messages)).toBeLessThanOrEqual(model.model.contextTokens === undefined ? 8000 : 900)
    }
    expect(() => responseModes[mode](answering(1, { contextTokens: 1000 }).model, { answerTokens: 1000 })).toThrow('Expected answerTokens to be less than contextTokens (1000), got 1000')
  })

  it('is not filled by a template that has no place for the passages', () => {
    expect(() => responseModes[mode](answering(1).model, { template: { system: '', user: '{question}' } })).toThrow('Expected template.user to hold {passages}')
  })
})

describe('the calls of a mode', () => {
  it('refuse templates without a place for what was made before', () => {
    const broken = { system: '', user: '{question}' }
    for (const mode of [compact, refine]) expect(() => mode(answering(1).model, { refineTemplate: broken })).toThrow('Expected refineTemplate.user to hold {draft}')
    expect(() => treeSummarize(answering(1).model, { joinTemplate: broken })).toThrow('Expected joinTemplate.user to hold {summaries}')
  })

  it.each(['compact', 'refine'] as const)('tell the model of %s the last turns of the conversation', async (mode) => {
    const history: Message[] = [{ role: 'user', content: textOf(3000) }, { role: 'user', content: 'I am Ada.' }, { role: 'assistant', content: 'Hello.' }]
    const { model, requests } = answering(50)
    await lastValueFrom(of(asking({ history })).pipe(generateAnswer(responseModes[mode](model, { maxInputTokens: 4500, tokenizer: quarters }))))
    expect(requests.length).toBeGreaterThan(1)
    for (const { messages } of requests) expect(messages.map(({ content }) => content).slice(1, -1)).toEqual(['I am Ada.', 'Hello.'])
  })

  it.each(['compact', 'refine', 'tree-summarize'] as const)('of %s count what a person waits up to the text of the last one', async (mode) => {
    let at = 0
    const model = scriptedModel(() => from<Chunk[]>([markAt('sent', ++at * 1000), markAt('any1', at * 1000 + 1), markAt('visible1', at * 1000 + 2), text('so'), markAt('last', at * 1000 + 3), finish()]))
    const timings = await lastValueFrom(of(asking({ marks: [markAt('accepted', 0)] })).pipe(generateAnswer(responseModes[mode](model)), measure()))
    expect(at).toBeGreaterThan(1)
    expect(timings).toMatchObject({ waitMs: at * 1000 + 2, ttftMs: 1 })
  })

  it('of accumulate may start again when they had only thought', async () => {
    let calls = 0
    const lost = concat(of<Chunk>({ type: 'reasoning', text: 'hm' }), throwError(() => new ProviderError('lost', 'lost', { retryable: true })))
    const model = scriptedModel(() => (++calls === 2 ? lost : from<Chunk[]>([text('so'), finish()])))
    const answer = of(asking({ passages: passages(3, 10) })).pipe(generateAnswer(responseModes.accumulate(model, { attempt: retryStream({ baseDelayMs: 1 }) })))
    expect(await lastValueFrom(answer.pipe(toCompletion()))).toMatchObject({ text: ['so', 'so', 'so'].join('\n\n---\n\n'), finishReason: 'stop' })
    expect((await lastValueFrom(answer.pipe(toArray()))).filter(({ type }) => type === 'reset')).toEqual([])
  })
})
