import { InputError } from '../errors.ts'
import type { Embedder, Retrieval } from '../types/ports.ts'
import { defined } from '../internal/defined.ts'
import { environment } from './environment.ts'

export interface EmbedderChoice {
  readonly retrieval?: Retrieval | undefined
  readonly embeddingModel?: string | undefined
  readonly baseUrl?: string | undefined
  /** How long a text waits for others to fill a request with. Default 1: a question should hardly wait. */
  readonly maxWaitMs?: number
}

/**
 * The embedder that the options name: none for words alone, which is the default; `hashed` offline; else a model of the
 * server. `--retrieval vector` or `hybrid` without `--embedding-model` uses `hashed`.
 */
export async function chooseEmbedder(options: EmbedderChoice): Promise<Embedder | undefined> {
  const { retrieval, embeddingModel, maxWaitMs = 1 } = options
  if (embeddingModel === undefined && (retrieval === undefined || retrieval === 'bm25')) return undefined
  if (embeddingModel === undefined || embeddingModel === 'hashed') {
    const { hashed } = await import('../models/hashed.ts')
    return hashed()
  }
  const apiKey = environment.apiKey()
  const baseUrl = options.baseUrl ?? environment.baseUrl()
  if (apiKey === undefined && baseUrl === undefined) {
    throw new InputError(`The embedding model ${embeddingModel} needs a server: set OPENAI_API_KEY, or give --base-url. 'hashed' works offline.`)
  }
  const [{ openaiEmbedder }, { batched }, { retriedEmbedder }] = await Promise.all([
    import('../models/openaiEmbedder.ts'),
    import('../models/batched.ts'),
    import('../policies/retriedEmbedder.ts'),
  ])
  return batched(retriedEmbedder(openaiEmbedder({ model: embeddingModel, ...defined({ apiKey, baseUrl }) })), { maxWaitMs })
}
