import { type Observable, NEVER, concat, from, lastValueFrom, of, tap, throwError, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { ProviderError } from '../../src/errors.ts'
import { openai } from '../../src/models/openaiModel.ts'
import { type StructuredOptions, structured } from '../../src/modes/structured.ts'
import { generateAnswer } from '../../src/operators/generateAnswer.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { startSimulator } from '../../src/simulator/startSimulator.ts'
import { toCompletion } from '../../src/sinks/toCompletion.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import { call, finish, text } from '../support/chunks.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

const schema = {
  type: 'object', required: ['name', 'age'], additionalProperties: false,
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
}
const messages = [{ role: 'user' as const, content: 'Who?' }]
const right = '{"name": "Ada", "age": 36}'

/** A model that gives these texts to its calls, one after another, in pieces. */
function answering(texts: readonly (string | Observable<Chunk>)[], requests: CompletionRequest[] = []) {
  return scriptedModel((request) => {
    const given = texts[requests.push(request) - 1]!
    const chunks = typeof given === 'string' ? from<Chunk[]>([...(given.match(/[\s\S]{1,12}/g) ?? []).map((piece) => text(piece)), finish()]) : given
    return reporting(chunks, request, call(10, 5))
  })
}

const asked = (texts: readonly (string | Observable<Chunk>)[], options: Partial<StructuredOptions> = {}, requests: CompletionRequest[] = []) =>
  of({ id: '1', question: 'Who?', messages }).pipe(generateAnswer(structured(answering(texts, requests), { schema, ...options })))

describe('structured', () => {
  it('gives the object as it grows, and at the end whole and checked, before usage and finish', async () => {
    const seen: string[] = []
    const growing = tap<Chunk>((chunk) => void (chunk.type === 'object' && seen.push(`${JSON.stringify(chunk.value)}${chunk.complete ? ' complete' : ''}`)))
    const chunks = await lastValueFrom(asked([right]).pipe(growing, toArray()))
    expect(seen).toEqual(['{"name":"Ad"}', '{"name":"Ada"}', '{"name":"Ada","age":36}', '{"name":"Ada","age":36} complete'])
    expect(chunks.slice(-3).map(({ type }) => type)).toEqual(['object', 'usage', 'finish'])
    expect(await lastValueFrom(asked([right]).pipe(toCompletion()))).toMatchObject({ text: right, object: { name: 'Ada', age: 36 } })
  })

  it('asks for the schema in the prompt and in the words of the server, and takes an object in a fence', async () => {
    const requests: CompletionRequest[] = []
    const completion = await lastValueFrom(asked([`Here it is:\n\`\`\`json\n${right}\n\`\`\``], {}, requests).pipe(toCompletion()))
    expect(completion.object).toEqual({ name: 'Ada', age: 36 })
    expect(requests[0]!.responseFormat).toEqual({ type: 'json-schema', name: 'answer', schema })
    expect(requests[0]!.messages.at(-1)!.content).toContain(JSON.stringify(schema))
  })

  it.each([
    ['does not fit', '{"name": "Ada", "age": -1, "more": 1}', ['/age must be >= 0', 'must NOT have additional properties (more)']],
    ['is no JSON', '{"name": Ada}', ['Expected JSON, got']],
    ['ends too early', '{"name": "Ada"', ['it is no whole JSON']],
    ['is prose', 'I cannot say.', ['it is no whole JSON']],
  ])('shows the model what is wrong with an answer that %s, once, and starts again', async (_, wrong, problems) => {
    const requests: CompletionRequest[] = []
    const chunks = await lastValueFrom(asked([wrong, right], {}, requests).pipe(toArray()))
    expect(chunks.filter(({ type }) => type === 'reset')).toEqual([{ type: 'reset', attempt: 2, error: expect.objectContaining({ code: 'invalid-output' }) as unknown }])
    for (const problem of problems) expect(requests[1]!.messages.at(-1)!.content).toContain(problem)
    expect(requests[1]!.messages.at(-2)).toEqual({ role: 'assistant', content: expect.stringContaining(wrong.slice(0, 9)) as unknown })
    expect(chunks.at(-2)).toMatchObject({ type: 'usage', inputTokens: 20 })
    expect(await lastValueFrom(asked([wrong, right]).pipe(toCompletion()))).toMatchObject({ text: right, object: { name: 'Ada', age: 36 } })
  })

  it('fails with what was valid when the repair is not right either, or none is allowed', async () => {
    const wrong = '{"name": "Ada", "age": "old"}'
    for (const [texts, repairs] of [[[wrong, wrong], 1], [[wrong], 0]] as const) {
      const requests: CompletionRequest[] = []
      await expect(lastValueFrom(asked(texts, { repairs }, requests))).rejects.toMatchObject({ code: 'invalid-output', value: { name: 'Ada', age: 'old' }, problems: ['/age must be integer'] })
      expect(requests).toHaveLength(texts.length)
    }
  })

  it('does not repair an answer that was cut at its length', async () => {
    const requests: CompletionRequest[] = []
    const cut = from<Chunk[]>([text('{"name": "Ad'), finish('length')])
    await expect(lastValueFrom(asked([cut, right], {}, requests))).rejects.toMatchObject({ code: 'invalid-output', value: { name: 'Ad' } })
    expect(requests).toHaveLength(1)
  })

  it('ends a call as soon as its text can no more be JSON', async () => {
    const completion = await lastValueFrom(asked([concat(from<Chunk[]>([text('{"name" oops')]), NEVER), right]).pipe(toCompletion()))
    expect(completion.object).toEqual({ name: 'Ada', age: 36 })
  })

  it('does without the format of a server that refuses it, and does not ask again for it', async () => {
    const requests: CompletionRequest[] = []
    const refusal = throwError(() => new ProviderError('refused', 'response_format is not supported', { status: 400 }))
    const model = structured(answering([refusal, right, right], requests), { schema })
    const ask = () => lastValueFrom(of({ id: '1', question: 'Who?', messages }).pipe(generateAnswer(model), toCompletion()))
    expect((await ask()).object).toEqual({ name: 'Ada', age: 36 })
    expect((await ask()).object).toEqual({ name: 'Ada', age: 36 })
    expect(requests.map(({ responseFormat }) => responseFormat?.type)).toEqual(['json-schema', undefined, undefined])
  })

  it('asks for the format again when its refusal may have meant something else', async () => {
    const requests: CompletionRequest[] = []
    const refusal = throwError(() => new ProviderError('refused', 'The prompt is too long', { status: 400 }))
    const model = structured(answering([refusal, refusal, right], requests), { schema })
    const ask = () => lastValueFrom(of({ id: '1', question: 'Who?', messages }).pipe(generateAnswer(model), toCompletion()))
    await expect(ask()).rejects.toMatchObject({ message: 'The prompt is too long' })
    expect((await ask()).object).toEqual({ name: 'Ada', age: 36 })
    expect(requests.map(({ responseFormat }) => responseFormat?.type)).toEqual(['json-schema', undefined, 'json-schema'])
  })

  it('begins to read anew when an attempt does, without another call to repair it', async () => {
    const requests: CompletionRequest[] = []
    const lost = concat(from<Chunk[]>([text('{"name": "A')]), throwError(() => new ProviderError('lost', 'lost', { retryable: true })))
    const completion = await lastValueFrom(asked([lost, right], { attempt: retryStream({ afterText: 'restart', baseDelayMs: 1 }) }, requests).pipe(toCompletion()))
    expect(completion).toMatchObject({ text: right, object: { name: 'Ada', age: 36 } })
    expect(requests).toHaveLength(2)
  })

  it('takes an object that is whole, also when what follows it is cut at the bound of the length', async () => {
    const cut = from<Chunk[]>([text(`${right}\nI hope that`), finish('length')])
    expect(await lastValueFrom(asked([cut], { repairs: 0 }).pipe(toCompletion()))).toMatchObject({ object: { name: 'Ada', age: 36 }, finishReason: 'length' })
  })

  it('knows schemas of draft-07, and that a number which no JSON can hold is none', async () => {
    const older = { $schema: 'http://json-schema.org/draft-07/schema#', ...schema, definitions: { age: { type: 'number' } }, properties: { name: {}, age: { $ref: '#/definitions/age' } } }
    expect((await lastValueFrom(asked([right], { schema: older }).pipe(toCompletion()))).object).toEqual({ name: 'Ada', age: 36 })
    const endless = '{"name": "Ada", "age": 1e999}'
    for (const checked of [schema, older]) await expect(lastValueFrom(asked([endless], { schema: checked, repairs: 0 }))).rejects.toMatchObject({ code: 'invalid-output', problems: [expect.stringContaining('/age must be')] })
  })

  it('checks by a function of the caller, and refuses what is no schema', async () => {
    await expect(lastValueFrom(asked([right, right], { validate: () => ['too young'] }))).rejects.toMatchObject({ problems: ['too young'] })
    await expect(lastValueFrom(asked([right], { schema: { type: 'nonsense' } }))).rejects.toMatchObject({ code: 'invalid-option' })
    expect(() => structured(answering([]), { schema, repairs: -1 })).toThrow('Expected repairs')
  })

  it('drops the call that is running when it is dropped', () => {
    const dropped = vi.fn()
    const silent = concat(from<Chunk[]>([text('{')]), NEVER)
    const model = scriptedModel((request) => reporting(silent, { ...request, onUsage: dropped }, call(1, 1)))
    structured(model, { schema }).stream({ messages }).subscribe().unsubscribe()
    expect(dropped).toHaveBeenCalledOnce()
  })

  it('speaks to a server: the format is in the request, the object is read from its events', async () => {
    const simulator = await startSimulator({ script: { text: right } })
    const model = openai({ model: 'scripted-1', baseUrl: simulator.url })
    const answer = of({ id: '1', question: 'Who?', messages }).pipe(generateAnswer(structured(model, { schema })), toCompletion())
    expect((await lastValueFrom(answer)).object).toEqual({ name: 'Ada', age: 36 })
    expect(simulator.record.requests[0]!.body).toMatchObject({ response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } })
    await simulator.close()
  })
})
