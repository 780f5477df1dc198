export { openai, type OpenAIOptions } from './models/openaiModel.ts'
export { openaiEmbedder, type OpenAIEmbedderOptions } from './models/openaiEmbedder.ts'
export type { OpenAIConnection } from './models/openaiClient.ts'
