import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory'
import { Document } from '@langchain/core/documents'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'

/** Answers from its store in memory; `onText` at each piece of an answer. */
export async function answers({ baseURL, texts, topK, batchSize }) {
  const configuration = { baseURL }
  const embeddings = new OpenAIEmbeddings({ model: 'simulated', apiKey: 'none', batchSize, configuration })
  const documents = texts.map((pageContent, number) => new Document({ pageContent, metadata: { source: `${number}.txt` } }))
  const retriever = (await MemoryVectorStore.fromDocuments(documents, embeddings)).asRetriever(topK)
  const model = new ChatOpenAI({ model: 'scripted-1', apiKey: 'none', maxRetries: 0, configuration })
  return async (question, onText) => {
    const found = await retriever.invoke(question)
    const system = `Answer from these passages only.\n\n${found.map(({ pageContent }) => pageContent).join('\n\n')}`
    for await (const { text } of await model.stream([{ role: 'system', content: system }, { role: 'user', content: question }])) if (text !== '') onText()
  }
}
