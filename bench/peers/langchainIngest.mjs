// One ingestion by LangChain.js into its store in memory, which is what it brings; started by bench/ingest.ts.
//   node langchainIngest.mjs SPLITTER FOLDER BASE_URL SETTINGS
import { DirectoryLoader } from '@langchain/classic/document_loaders/fs/directory'
import { TextLoader } from '@langchain/classic/document_loaders/fs/text'
import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory'
import { OpenAIEmbeddings } from '@langchain/openai'
import { RecursiveCharacterTextSplitter, TokenTextSplitter } from '@langchain/textsplitters'
import { exactTokenizer } from './exactTokenizer.mjs'

const [splitting, folder, baseURL, settings] = process.argv.slice(2)
const { passageTokens: chunkSize, overlapTokens: chunkOverlap, batchSize, concurrency } = JSON.parse(settings)

const splitters = {
  recursive: () => {
    const { encode } = exactTokenizer()
    return new RecursiveCharacterTextSplitter({ chunkSize, chunkOverlap, lengthFunction: (text) => encode(text).length })
  },
  // It would download its table. There is no option for a tokenizer: this is where it keeps its own.
  token: async () => {
    const [{ Tiktoken }, { default: table }] = await Promise.all([import('js-tiktoken/lite'), import('js-tiktoken/ranks/o200k_base')])
    return Object.assign(new TokenTextSplitter({ chunkSize, chunkOverlap }), { tokenizer: new Tiktoken(table) })
  },
  tokenWasm: () => Object.assign(new TokenTextSplitter({ chunkSize, chunkOverlap }), { tokenizer: exactTokenizer() }),
}
const splitter = await splitters[splitting]()
const documents = await new DirectoryLoader(folder, { '.txt': (path) => new TextLoader(path) }).load()
const passages = await splitter.splitDocuments(documents)
const embeddings = new OpenAIEmbeddings({ model: 'simulated', apiKey: 'none', batchSize, maxConcurrency: concurrency, configuration: { baseURL } })
const store = await MemoryVectorStore.fromDocuments(passages, embeddings)
console.log(store.memoryVectors.length)
