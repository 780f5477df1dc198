import { createRequire } from 'node:module'
import { type Counting, countPieces, createRunningCount } from '../internal/countPieces.ts'
import { cl100kPieceEnd, gpt2PieceEnd } from '../internal/olderPreTokens.ts'
import { createPieceCounts } from '../internal/pieceCounts.ts'
import { o200kPieceEnd, type PieceEnd } from '../internal/preTokens.ts'
import type { Tokenizer } from '../types/ports.ts'
import { type Encoding, encodingForModel, encodings } from './tiktokenEncodings.ts'

export { type Encoding, encodingForModel } from './tiktokenEncodings.ts'

const pieceEnds: Readonly<Record<Encoding, PieceEnd>> = {
  o200k_base: o200kPieceEnd,
  cl100k_base: cl100kPieceEnd,
  p50k_base: gpt2PieceEnd,
  p50k_edit: gpt2PieceEnd,
  r50k_base: gpt2PieceEnd,
  gpt2: gpt2PieceEnd,
}

/**
 * Counts tokens as OpenAI's models do, with `tiktoken`'s tables. `name` is an encoding or a model; of a model whose
 * tokenizer is not public (Llama, Claude, …) the counts are those of `o200k_base`, `exact` is false and the id says so.
 *
 * Equal to the length of `encode_ordinary`, so special tokens are counted as the text they are; runs of more than 512
 * characters of one class are counted in parts, which may differ from the whole by a token or two each.
 *
 * The tables load at the first count, in a few tenths of a second. They stay for the life of the process, shared by all
 * tokenizers of the encoding; each tokenizer keeps a cache of counts, 4 MB at most.
 *
 * @example
 * tiktoken('gpt-4o').count('How many tokens?')
 */
export function tiktoken(name: Encoding | (string & {}) = 'o200k_base'): Tokenizer {
  const known = encodings.find((encoding) => encoding === name) ?? encodingForModel(name)
  const encoding = known ?? 'o200k_base'
  let loaded: Counting | undefined
  const counting = () => (loaded ??= load(encoding))

  return {
    id: known ?? `estimated-${encoding}`,
    exact: known !== undefined,
    count: (text) => (text === '' ? 0 : countPieces(text, counting())),
    counter: () => {
      let running: ReturnType<typeof createRunningCount> | undefined
      return { add: (text) => (running ??= createRunningCount(counting())).add(text) }
    },
  }
}

function load(encoding: Encoding): Counting {
  const encoder = encoderOf(encoding)
  const { count } = createPieceCounts((piece) => encoder.encode_ordinary(piece).length)
  return { pieceEnd: pieceEnds[encoding], countPiece: count }
}

type Encoder = import('tiktoken').Tiktoken

/** One per encoding and process: each takes tens of megabytes outside of JavaScript's heap, where nothing collects it. */
const encoders = new Map<Encoding, Encoder>()

function encoderOf(encoding: Encoding): Encoder {
  const known = encoders.get(encoding)
  if (known !== undefined) return known
  const { get_encoding } = createRequire(import.meta.url)('tiktoken') as typeof import('tiktoken')
  const encoder = get_encoding(encoding)
  encoders.set(encoding, encoder)
  return encoder
}
