import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { ContractError, InvalidOptionError } from '../../src/errors.ts'
import { readEmbeddings } from '../../src/models/readEmbeddings.ts'
import { openaiEmbedder } from '../../src/openai.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator.ts'
import { until } from '../wire/until.ts'

let simulator: Simulator | undefined
afterEach(async () => {
  await simulator?.close()
  simulator = undefined
})
const simulate = async (options: SimulatorOptions = {}) => (simulator = await startSimulator(options))

describe('openaiEmbedder', () => {
  it('gives an embedding for each text, the same from base64 as from numbers', async () => {
    const { url, record } = await simulate()
    const texts = ['one two', 'two', 'one two']
    const inBase64 = await firstValueFrom(openaiEmbedder({ model: 'e', baseUrl: url }).embed(texts))
    const inNumbers = await firstValueFrom(openaiEmbedder({ model: 'e', baseUrl: url, encoding: 'float' }).embed(texts))
    expect(inBase64).toEqual(inNumbers)
    expect(inBase64[0]).toEqual(inBase64[2])
    expect(inBase64[0]).not.toEqual(inBase64[1])
    expect(inBase64[0]).toBeInstanceOf(Float32Array)
    expect(record.requests.map(({ body }) => body)).toEqual([
      { model: 'e', input: texts, encoding_format: 'base64' },
      { model: 'e', input: texts, encoding_format: 'float' },
    ])
  })

  it('asks for the dimensions given, else learns them from the first response', async () => {
    const { url } = await simulate()
    const short = openaiEmbedder({ model: 'e', baseUrl: url, dimensions: 8 })
    expect(short).toMatchObject({ id: 'openai:e:8', dimensions: 8 })
    expect((await firstValueFrom(short.embed(['a'])))[0]).toHaveLength(8)
    const whole = openaiEmbedder({ model: 'e', baseUrl: url })
    expect(whole.dimensions).toBeUndefined()
    await firstValueFrom(whole.embed(['a']))
    expect(whole).toMatchObject({ id: 'openai:e', dimensions: 64, maxBatchSize: 256 })
  })

  it('makes no request for no texts', async () => {
    const { url, record } = await simulate()
    expect(await firstValueFrom(openaiEmbedder({ model: 'e', baseUrl: url }).embed([]))).toEqual([])
    expect(record.requests).toHaveLength(0)
  })

  it('drops the request when unsubscribed', async () => {
    const { url, record } = await simulate()
    const big = Array.from({ length: 20_000 }, (_, index) => `text ${index}`)
    const subscription = openaiEmbedder({ model: 'e', baseUrl: url, encoding: 'float' }).embed(big).subscribe()
    await until(() => record.requests.length === 1)
    subscription.unsubscribe()
    await until(() => record.sockets[0]?.closed !== undefined)
    expect(record.sockets[0]?.closed?.by).toBe('client')
  })

  it('translates errors as the model does', async () => {
    const { url } = await simulate({ requireKey: 'sk-right', models: ['e'] })
    const wrong = openaiEmbedder({ model: 'e', baseUrl: url, apiKey: 'sk-recognisable' })
    await expect(firstValueFrom(wrong.embed(['a']))).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
    const unknown = openaiEmbedder({ model: 'x', baseUrl: url, apiKey: 'sk-right' })
    await expect(firstValueFrom(unknown.embed(['a']))).rejects.toMatchObject({ code: 'not-found', status: 404 })
  })

  it.each([{ dimensions: 0 }, { maxBatchSize: 1.5 }, { maxBatchTokens: -1 }, { baseUrl: 'x' }])('refuses %j at the call', (options) => {
    expect(() => openaiEmbedder({ model: 'e', apiKey: 'sk-x', ...options })).toThrow(InvalidOptionError)
  })
})

const data = (...items: object[]) => ({ data: items })

describe('readEmbeddings', () => {
  it('puts embeddings in the order of their index', () => {
    expect(readEmbeddings(data({ index: 1, embedding: [2, 0] }, { index: 0, embedding: [1, 0] }), 2, undefined)).toEqual([Float32Array.of(1, 0), Float32Array.of(2, 0)])
  })

  it('takes them in their order when they have none', () => {
    expect(readEmbeddings(data({ embedding: [1] }, { embedding: [2] }), 2, undefined)).toEqual([Float32Array.of(1), Float32Array.of(2)])
  })

  it.each<[string, object, number | undefined]>([
    ['too few', data({ embedding: [1] }), undefined],
    ['too many', data({ embedding: [1] }, { embedding: [1] }, { embedding: [1] }), undefined],
    ['an index twice', data({ index: 0, embedding: [1] }, { index: 0, embedding: [1] }), undefined],
    ['an index out of range', data({ index: 0, embedding: [1] }, { index: 2, embedding: [1] }), undefined],
    ['different lengths', data({ embedding: [1] }, { embedding: [1, 2] }), undefined],
    ['other dimensions than expected', data({ embedding: [1] }, { embedding: [1] }), 2],
    ['none inside', data({ embedding: [] }, { embedding: [] }), undefined],
    ['null', data({ embedding: null }, { embedding: null }), undefined],
    ['what is no number', data({ embedding: ['a'] }, { embedding: [1] }), undefined],
    ['broken base64', data({ embedding: 'AAA=' }, { embedding: 'AAAAAA==' }), undefined],
    ['infinite numbers', data({ embedding: Buffer.from(Float32Array.of(Infinity).buffer).toString('base64') }, { embedding: [1] }), undefined],
  ])('refuses %s', (_, body, dimensions) => {
    expect(() => readEmbeddings(body, 2, dimensions)).toThrow(ContractError)
  })

  it('takes an error with status 200 for an error', () => {
    expect(() => readEmbeddings({ error: { message: 'no', code: 503 } }, 1, undefined)).toThrow(/reported an error: no/)
    expect(() => readEmbeddings(undefined, 1, undefined)).toThrow(/Expected embeddings/)
  })
})
