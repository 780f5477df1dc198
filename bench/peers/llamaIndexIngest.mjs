// One ingestion by LlamaIndexTS into its store in memory, which is what it brings; started by bench/ingest.ts.
//   node llamaIndexIngest.mjs - FOLDER BASE_URL SETTINGS
import { OpenAIEmbedding } from '@llamaindex/openai'
import { SimpleDirectoryReader } from '@llamaindex/readers/directory'
import { SentenceSplitter, Settings, VectorStoreIndex } from 'llamaindex'
import { exactTokenizer } from './exactTokenizer.mjs'

const [, folder, baseURL, settings] = process.argv.slice(2)
const { passageTokens: chunkSize, overlapTokens: chunkOverlap, batchSize } = JSON.parse(settings)

// One request after the other: there is no option for more.
Settings.embedModel = new OpenAIEmbedding({ model: 'simulated', apiKey: 'none', baseURL, embedBatchSize: batchSize })
Settings.nodeParser = new SentenceSplitter({ chunkSize, chunkOverlap, tokenizer: exactTokenizer() })
const documents = await new SimpleDirectoryReader().loadData({ directoryPath: folder })
const index = await VectorStoreIndex.fromDocuments(documents)
console.log(Object.keys(index.vectorStores.TEXT.data.embeddingDict).length)
