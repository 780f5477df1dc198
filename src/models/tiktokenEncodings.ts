export type Encoding = 'o200k_base' | 'cl100k_base' | 'p50k_base' | 'p50k_edit' | 'r50k_base' | 'gpt2'

export const encodings: readonly Encoding[] = ['o200k_base', 'cl100k_base', 'p50k_base', 'p50k_edit', 'r50k_base', 'gpt2']

/** The first that fits counts. New models of a family keep its encoding, so beginnings serve better than a list of names. */
const families: readonly (readonly [RegExp, Encoding])[] = [
  [/^(?:gpt-(?:4o|4\.\d|[5-9]|oss)|chatgpt-|o[1-9](?:-|$)|codex-mini|computer-use)/, 'o200k_base'],
  [/^(?:gpt-4|gpt-3\.5|gpt-35|text-embedding-|davinci-002|babbage-002)/, 'cl100k_base'],
  [/^(?:text|code)-davinci-edit-/, 'p50k_edit'],
  [/^(?:text-davinci-00[23]|code-(?:davinci|cushman)-|(?:davinci|cushman)-codex)/, 'p50k_base'],
  [/^(?:text-(?:davinci|curie|babbage|ada|similarity|search)-|code-search-|(?:davinci|curie|babbage|ada)$)/, 'r50k_base'],
  [/^gpt-?2(?:-|$)/, 'gpt2'],
]

/** The encoding of an OpenAI model, also of fine-tuned ones (`ft:gpt-4o:…`) and behind a provider (`openai/gpt-4o`); of no other. */
export function encodingForModel(model: string): Encoding | undefined {
  const name = model.toLowerCase().replace(/^ft:/, '').replace(/^.*\//, '')
  return families.find(([family]) => family.test(name))?.[1]
}
