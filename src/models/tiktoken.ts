import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createBytePairCounter } from '../internal/bytePairs.ts'
import { type Counting, countPieces, createRunningCount } from '../internal/countPieces.ts'
import { cl100kPieceEnd, gpt2PieceEnd } from '../internal/olderPreTokens.ts'
import { createPieceNumbers } from '../internal/pieceNumbers.ts'
import { o200kPieceEnd, type PieceEnd } from '../internal/preTokens.ts'
import { createStretchCounts } from '../internal/stretchCounts.ts'
import { createTokenTable } from '../internal/tokenTable.ts'
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
 * The tables load at the first count, in a few hundredths of a second. They stay for the life of the process, 6 MB, shared by
 * all tokenizers of the encoding; each tokenizer keeps a cache of counts and the pieces of one text, 5 MB at most.
 *
 * @example
 * tiktoken('gpt-4o').count('How many tokens?')
 */
export function tiktoken(name: Encoding | (string & {}) = 'o200k_base'): Tokenizer {
  const known = encodings.find((encoding) => encoding === name) ?? encodingForModel(name)
  const encoding = known ?? 'o200k_base'
  let loaded: Counting | undefined
  let stretches: ReturnType<typeof createStretchCounts> | undefined
  const counting = () => (loaded ??= load(encoding))

  return {
    id: known ?? `estimated-${encoding}`,
    exact: known !== undefined,
    count: (text) => (text === '' ? 0 : countPieces(text, counting())),
    counter: () => {
      let running: ReturnType<typeof createRunningCount> | undefined
      return { add: (text) => (running ??= createRunningCount(counting())).add(text) }
    },
    stretchCounter: (text) => (stretches ??= createStretchCounts(counting()))(text),
  }
}

function load(encoding: Encoding): Counting {
  return { pieceEnd: pieceEnds[encoding], countPiece: createPieceNumbers(pieceCounter(encoding)) }
}

type PieceCounter = (piece: string) => number

const pieceCounters = new Map<Encoding, PieceCounter>()

/**
 * The merges are ours because `tiktoken`'s own take twice as long for a new piece and eight times as long to load; its
 * tables say what a token is. The tests compare the counts.
 */
function pieceCounter(encoding: Encoding): PieceCounter {
  const known = pieceCounters.get(encoding)
  if (known !== undefined) return known
  const path = createRequire(import.meta.url).resolve(`tiktoken/encoders/${encoding}.json`)
  const { bpe_ranks } = JSON.parse(readFileSync(path, 'utf8')) as { readonly bpe_ranks: string }
  const counter = createBytePairCounter(createTokenTable(bpe_ranks))
  pieceCounters.set(encoding, counter)
  return counter
}
