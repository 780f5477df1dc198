import { InvalidOptionError } from '../../errors.ts'
import type { Tokenizer } from '../../types/ports.ts'
import { estimatedTokens } from '../estimatedTokens.ts'
import { requirePositiveInteger } from '../requirePositiveInteger.ts'

export interface SplitOptions {
  /** Counts the tokens. Default: `estimatedTokens()`; `tiktoken()` counts exactly. */
  readonly tokenizer?: Tokenizer
  /** Tokens that a passage has at most. Default 1,024. */
  readonly passageTokens?: number
  /** Tokens at the end of a passage that the next one repeats, at most. Default 20, and no more than a quarter of `passageTokens`. */
  readonly overlapTokens?: number
}

/** @throws InvalidOptionError */
export function splitSettings(options: SplitOptions): Required<SplitOptions> {
  const { tokenizer = estimatedTokens(), passageTokens = 1024 } = options
  requirePositiveInteger('passageTokens', passageTokens)
  const { overlapTokens = Math.min(20, Math.floor(passageTokens / 4)) } = options
  if (!Number.isSafeInteger(overlapTokens) || overlapTokens < 0 || overlapTokens >= passageTokens) {
    throw new InvalidOptionError(`Expected overlapTokens to be an integer from 0 to ${passageTokens - 1}, less than passageTokens, got ${overlapTokens}`)
  }
  return { tokenizer, passageTokens, overlapTokens }
}
