import { InputError } from '../../errors.ts'
import type { ModelCall } from '../../types/chunk.ts'

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number
  /** Of tokens that the service had cached; absent: as `input`. */
  readonly cachedInput?: number
  readonly output: number
}

/** Prices change; the day is the one on which they were looked up, at the place that `source` names. `--price` overrides them. */
export const knownPrices = {
  asOf: '2026-05-07',
  source: 'OpenAI, standard processing (https://developers.openai.com/api/docs/pricing), by way of lists that quote it',
  models: new Map<string, Price>([
    ['gpt-4.1', { input: 2, cachedInput: 0.5, output: 8 }],
    ['gpt-4.1-mini', { input: 0.4, cachedInput: 0.1, output: 1.6 }],
    ['gpt-4.1-nano', { input: 0.1, cachedInput: 0.025, output: 0.4 }],
    ['gpt-4o', { input: 2.5, cachedInput: 1.25, output: 10 }],
    ['gpt-4o-mini', { input: 0.15, cachedInput: 0.075, output: 0.6 }],
    ['gpt-5.4', { input: 2.5, cachedInput: 0.25, output: 15 }],
    ['gpt-5.4-mini', { input: 0.75, cachedInput: 0.075, output: 4.5 }],
  ]),
} as const

/** What a model costs; undefined when nobody said. */
export type PriceList = (model: string) => Price | undefined

/** A model that runs here costs nothing, and a dated name costs what its family does. */
export function priceList(given: readonly string[] = []): PriceList {
  const own = new Map(given.map(readPrice))
  return (model) => {
    if (model === 'extractive') return { input: 0, output: 0 }
    const family = model.replace(/-\d{4}-\d{2}-\d{2}$/, '')
    return own.get(model) ?? own.get('*') ?? knownPrices.models.get(model) ?? knownPrices.models.get(family)
  }
}

/** `MODEL=INPUT,OUTPUT` or `MODEL=INPUT,CACHED,OUTPUT`; without a model it is for all. */
function readPrice(text: string): [model: string, price: Price] {
  const [, model = '*', numbers = ''] = /^(?:([^=]+)=)?([\d.,]+)$/.exec(text) ?? []
  const values = numbers.split(',').map(Number)
  const [input, second, third] = values
  const isRight = (values.length === 2 || values.length === 3) && !values.some(Number.isNaN) && !/(^|,)(,|$)/.test(numbers)
  if (!isRight || input === undefined || second === undefined) {
    throw new InputError(`Expected --price to be MODEL=INPUT,OUTPUT in dollars for a million tokens, as gpt-4.1-mini=0.4,1.6, got ${text}.`)
  }
  return [model, third === undefined ? { input, output: second } : { input, cachedInput: second, output: third }]
}

/** US dollars that a call cost. */
export function costOf({ inputTokens, cachedInputTokens = 0, outputTokens }: ModelCall, { input, cachedInput = input, output }: Price): number {
  return ((inputTokens - cachedInputTokens) * input + cachedInputTokens * cachedInput + outputTokens * output) / 1e6
}
