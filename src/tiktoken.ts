/** Exact token counts for OpenAI's models, by the package `tiktoken`. Tables load at the first count. */
export { type Encoding, encodingForModel, tiktoken } from './models/tiktoken.ts'
