import { InvalidOptionError } from '../errors.ts'
import { fromAbortablePromise } from '../internal/fromAbortablePromise.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { Embedding } from '../types/document.ts'
import type { Embedder } from '../types/ports.ts'
import { AwaitedExchange } from '../wire/httpExchange.ts'
import { parseJson } from '../wire/json.ts'
import { errorOfResponse, finishedError } from '../wire/providerErrors.ts'
import { readBody } from '../wire/readBody.ts'
import { createOpenAIClient, type OpenAIConnection } from './openaiClient.ts'
import { readEmbeddings } from './readEmbeddings.ts'
import { sdkHead } from './sdkHead.ts'

export interface OpenAIEmbedderOptions extends OpenAIConnection {
  /** Asks the model for shorter embeddings, and expects this length. Default: the model's own length. */
  readonly dimensions?: number
  /** Texts per request. Default 256. */
  readonly maxBatchSize?: number
  /** Tokens per request, over all its texts. Default: not bounded. */
  readonly maxBatchTokens?: number
  /** What is asked for; either is read. `base64` is a third of the bytes; `float` is for a server that refuses it. Default `base64`. */
  readonly encoding?: 'base64' | 'float'
}

const maxBodyBytes = 268_435_456

/**
 * Embeddings from OpenAI or a server that speaks the same. One call is one request.
 *
 * - Memory: the response, at most 256 MiB.
 * - Drop: unsubscribing closes the socket at once.
 * - Errors: `ProviderError`; `ContractError` for a wrong number of embeddings or wrong dimensions.
 *
 * @throws InvalidOptionError at the call, as `openai` does.
 *
 * @example
 * batched(openaiEmbedder({ model: 'text-embedding-3-small', apiKey }))
 */
export function openaiEmbedder(options: OpenAIEmbedderOptions): Embedder {
  const client = createOpenAIClient(options, (target) => sdkHead((sdk) => sdk.embeddings.create({ model: options.model, input: '' }), target))
  const { model, maxBatchSize = 256, maxBatchTokens, encoding = 'base64' } = options
  const { service } = client
  for (const name of ['dimensions', 'maxBatchSize', 'maxBatchTokens'] as const) {
    const value = options[name]
    if (value !== undefined) requirePositiveInteger(name, value)
  }
  if (!['base64', 'float'].includes(encoding)) throw new InvalidOptionError(`Expected encoding to be base64 or float, got ${encoding}`)
  let { dimensions } = options

  const embed = async (texts: readonly string[], signal: AbortSignal): Promise<readonly Embedding[]> => {
    const asked = options.dimensions === undefined ? {} : { dimensions: options.dimensions }
    const params = { model, input: [...texts], encoding_format: encoding, ...asked }
    const exchange = new AwaitedExchange()
    signal.addEventListener('abort', () => exchange.drop())
    client.send(params, exchange)
    const response = await exchange.response
    if (response.status < 200 || response.status > 299) throw await errorOfResponse(response, service)
    const embeddings = readEmbeddings(parseJson(await readBody(response, maxBodyBytes)), texts.length, dimensions)
    dimensions = embeddings[0]?.length
    return embeddings
  }

  return {
    // Shorter embeddings of a model do not compare with its whole ones.
    id: options.dimensions === undefined ? `openai:${model}` : `openai:${model}:${options.dimensions}`,
    get dimensions() {
      return dimensions
    },
    maxBatchSize,
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
    embed: (texts) =>
      fromAbortablePromise(async (signal) => {
        if (texts.length === 0) return []
        try {
          return await embed(texts, signal)
        } catch (error) {
          throw finishedError(error, service, {})
        }
      }),
  } as Embedder
}
