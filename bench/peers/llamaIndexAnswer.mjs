import { OpenAI, OpenAIEmbedding } from '@llamaindex/openai'
import { Settings, TextNode, VectorStoreIndex } from 'llamaindex'
import { exactTokenizer } from './exactTokenizer.mjs'

/** Answers from its store in memory; `onText` at each piece of an answer. */
export async function answers({ baseURL, texts, topK, batchSize }) {
  const connection = { apiKey: 'none', baseURL }
  Settings.embedModel = new OpenAIEmbedding({ model: 'simulated', embedBatchSize: batchSize, ...connection })
  Settings.llm = new OpenAI({ model: 'gpt-4o', maxRetries: 0, ...connection })
  // It counts what it puts into the prompt; its own tokenizer takes longer.
  Settings.tokenizer = exactTokenizer()
  const nodes = texts.map((text, number) => new TextNode({ text, metadata: { source: `${number}.txt` } }))
  const engine = (await VectorStoreIndex.init({ nodes })).asQueryEngine({ similarityTopK: topK })
  return async (query, onText) => {
    for await (const { delta } of await engine.query({ query, stream: true })) if (delta) onText()
  }
}
