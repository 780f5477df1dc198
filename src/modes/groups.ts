import { InvalidOptionError } from '../errors.ts'
import { clipPassage } from '../internal/clipPassage.ts'
import type { PromptTemplate } from '../internal/promptTemplate.ts'
import { tokenCost } from '../internal/tokenCost.ts'
import type { ScoredPassage } from '../types/document.ts'
import { filledMessages } from './messages.ts'
import type { ModeSettings } from './options.ts'

/** Passages that one prompt holds, and the number of the first of them. */
export interface Group {
  readonly passages: readonly ScoredPassage[]
  readonly firstNumber: number
}

/** Delimiters and origin of a passage in a prompt. */
const tokensAroundPassage = 96
/** Instructions, and what a server adds around messages. */
const tokensAround = 64

/** Tokens that a prompt has room for beside its template, the question and `more`. */
export function roomFor(question: string, settings: ModeSettings, template: PromptTemplate = settings.template, more = 0): number {
  const { maxInputTokens, tokenizer } = settings
  const cost = tokenCost(tokenizer)
  const room = maxInputTokens - filledMessages(template, { question }, settings).reduce((sum, { content }) => sum + cost(content), 0) - tokensAround - more
  if (room <= tokensAroundPassage) throw new InvalidOptionError(`Expected a question that leaves room for passages in maxInputTokens (${maxInputTokens})`)
  return room
}

/**
 * Packs passages, in order, into as few groups as their tokens allow. A passage that is larger than a whole prompt is clipped.
 *
 * @param most Passages in one group.
 */
export function groupPassages(passages: readonly ScoredPassage[], room: number, most = Infinity): Group[] {
  const groups: { passages: ScoredPassage[]; firstNumber: number }[] = []
  let used = Infinity
  for (const [index, passage] of passages.entries()) {
    const clipped = clipToRoom(passage, room - tokensAroundPassage)
    const cost = clipped.tokens + tokensAroundPassage
    if (used + cost > room || groups.at(-1)!.passages.length >= most) {
      groups.push({ passages: [], firstNumber: index + 1 })
      used = 0
    }
    groups.at(-1)!.passages.push(clipped)
    used += cost
  }
  return groups
}

function clipToRoom(passage: ScoredPassage, tokens: number): ScoredPassage {
  return passage.tokens <= tokens ? passage : clipPassage(passage, Math.max(1, Math.floor((passage.text.length * tokens) / passage.tokens / 1.25)))
}
