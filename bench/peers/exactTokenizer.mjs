import { get_encoding } from 'tiktoken'

/** OpenAI's own tokenizer, compiled to WebAssembly. */
export function exactTokenizer() {
  const encoding = get_encoding('o200k_base')
  const decoder = new TextDecoder()
  return { encode: (text) => encoding.encode_ordinary(text), decode: (tokens) => decoder.decode(encoding.decode(tokens)) }
}
