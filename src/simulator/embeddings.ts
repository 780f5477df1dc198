/** The response to an embeddings request: each text's embedding is a function of the text alone, of length 1. */
export function embeddingsBody(request: Readonly<Record<string, unknown>>, length: number): object {
  const { input, model = 'simulated', encoding_format } = request
  const texts = (Array.isArray(input) ? input : [input]).map(String)
  const data = texts.map((text, index) => {
    const embedding = embeddingOf(text, length)
    return { object: 'embedding', index, embedding: encoding_format === 'base64' ? toBase64(embedding) : [...embedding] }
  })
  return { object: 'list', model, data, usage: { prompt_tokens: texts.length, total_tokens: texts.length } }
}

/** Of an embedding longer than the first a word changes the second only, drawn by the word: a server in a benchmark has to be fast. */
const allUpTo = 64
const numbersPerWord = 16

/** Words that two texts share point the same way, so that alike texts are near each other. */
export function embeddingOf(text: string, dimensions: number): Float32Array {
  const sum = new Float32Array(dimensions)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['']) {
    const { indexes, numbers } = drawnBy(word, dimensions)
    for (let at = 0; at < indexes.length; at++) {
      const index = indexes[at] ?? 0
      sum[index] = (sum[index] ?? 0) + (numbers[at] ?? 0)
    }
  }
  const length = Math.hypot(...sum) || 1
  return sum.map((value) => value / length)
}

interface Drawn {
  readonly indexes: Uint32Array
  readonly numbers: Float64Array
}

/** Words whose numbers are kept, of embeddings of one length: 2 MB. */
const maxKept = 4096
const kept = new Map<string, Drawn>()
let keptDimensions = 0

/** What a word adds to an embedding, and where. */
function drawnBy(word: string, dimensions: number): Drawn {
  if (keptDimensions !== dimensions || kept.size >= maxKept) kept.clear()
  keptDimensions = dimensions
  const known = kept.get(word)
  if (known !== undefined) return known
  const random = generatorOf(word)
  const isLong = dimensions > allUpTo
  const count = isLong ? numbersPerWord : dimensions
  const drawn = { indexes: new Uint32Array(count), numbers: new Float64Array(count) }
  for (let at = 0; at < count; at++) {
    drawn.indexes[at] = isLong ? Math.floor(random() * dimensions) : at
    drawn.numbers[at] = random() - 0.5
  }
  kept.set(word, drawn)
  return drawn
}

/** Numbers from 0 to 1 that depend on the word alone. */
function generatorOf(word: string): () => number {
  let state = 2_166_136_261
  for (let index = 0; index < word.length; index++) state = Math.imul(state ^ word.charCodeAt(index), 16_777_619)
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
  }
}

function toBase64(embedding: Float32Array): string {
  return Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64')
}
