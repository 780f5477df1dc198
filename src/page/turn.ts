import type { CitationChunk, ErrorInfo, FinishReason, Usage } from '../types/chunk.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { Message } from '../types/completion.ts'
import type { AnswerEvent } from './events.ts'

/** Text of an answer: the whole, or one of several parts. */
export interface Part {
  readonly name: string | undefined
  readonly text: string
  readonly citations: readonly CitationChunk[]
}

/** A question with what is known of its answer. Plain JSON: it lives through a reload. */
export interface Turn {
  readonly question: string
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  /** Absent until the server has said it. */
  readonly run?: string
  readonly sources: readonly ScoredPassage[]
  readonly parts: readonly Part[]
  readonly reasoning: string
  /** What is being done, when there is something to say of it. */
  readonly doing?: string
  readonly firstTextMs?: number
  readonly totalMs?: number
  readonly usage?: Usage
  readonly error?: ErrorInfo
  /** Set when nothing follows. */
  readonly ended?: FinishReason | 'error'
}

/** Turns, and characters of them, that are sent along with the next question: far below what a request may have. */
const maxHistory = 20
const maxHistoryLength = 100_000

export function newTurn(question: string, askedAt: number): Turn {
  return { question, askedAt, sources: [], parts: [], reasoning: '' }
}

/** The turn as it is after an event: the text of an answer is what came after the last `reset`. */
export function withEvent(turn: Turn, event: AnswerEvent, now: number): Turn {
  switch (event.type) {
    case 'run':
      // What comes is the whole answer once more, or it follows what is there.
      return { ...turn, run: event.run }
    case 'sources':
      return { ...turn, sources: event.part === undefined ? event.passages : withNew(turn.sources, event.passages), doing: 'Reading' }
    case 'text':
      return { ...idle(turn), firstTextMs: turn.firstTextMs ?? now - turn.askedAt, parts: changed(turn.parts, event.part, (part) => ({ ...part, text: part.text + event.text })) }
    case 'reasoning':
      return { ...turn, reasoning: turn.reasoning + event.text, doing: 'Thinking' }
    case 'citation':
      return { ...turn, parts: changed(turn.parts, event.part, (part) => ({ ...part, citations: [...part.citations, event] })) }
    case 'progress':
      return { ...turn, doing: `Step ${event.done + 1} of ${Math.max(event.of, event.done + 1)}` }
    case 'retry':
      return { ...turn, doing: `Trying again after: ${event.error.message}` }
    case 'reset':
      return { ...turn, parts: [], reasoning: '', doing: `Starting again after: ${event.error.message}` }
    case 'usage': {
      const { type: _, ...usage } = event
      return { ...turn, usage }
    }
    case 'failed':
      return { ...turn, error: event.error }
    case 'done':
      return ended(turn, event.reason, now)
    default:
      return turn
  }
}

export function withError(turn: Turn, error: ErrorInfo, now: number): Turn {
  return { ...ended(turn, 'error', now), error }
}

/** As before its first event: it is going to be told from the beginning. */
export function fromBeginning({ question, askedAt, run, sources, firstTextMs }: Turn): Turn {
  return { ...newTurn(question, askedAt), sources, ...(run !== undefined && { run }), ...(firstTextMs !== undefined && { firstTextMs }) }
}

export function textOf({ parts }: Turn): string {
  return parts.map(({ text }) => text).join('\n\n')
}

/** What was said before, for a question that follows. */
export function historyOf(turns: readonly Turn[]): readonly Message[] {
  let length = 0
  const told = turns.filter((turn) => textOf(turn) !== '').slice(-maxHistory)
  const first = told.findLastIndex((turn) => (length += turn.question.length + textOf(turn).length) > maxHistoryLength) + 1
  return told.slice(first).flatMap((turn): Message[] => [{ role: 'user', content: turn.question }, { role: 'assistant', content: textOf(turn) }])
}

/** The citations of a passage: the first that has words of it, or the first. */
export function citationOf({ parts }: Turn, passageId: string): CitationChunk | undefined {
  const all = parts.flatMap(({ citations }) => citations).filter((citation) => citation.passageId === passageId)
  return all.find(({ quote }) => quote !== undefined) ?? all[0]
}

function idle(turn: Turn): Turn {
  const { doing: _, ...rest } = turn
  return rest
}

function ended(turn: Turn, reason: FinishReason | 'error', now: number): Turn {
  return { ...idle(turn), ended: reason, totalMs: turn.totalMs ?? now - turn.askedAt }
}

function changed(parts: readonly Part[], name: string | undefined, change: (part: Part) => Part): readonly Part[] {
  const at = parts.findIndex((part) => part.name === name)
  if (at < 0) return [...parts, change({ name, text: '', citations: [] })]
  return parts.with(at, change(parts[at]!))
}

function withNew(known: readonly ScoredPassage[], more: readonly ScoredPassage[]): readonly ScoredPassage[] {
  const ids = new Set(known.map(({ id }) => id))
  return [...known, ...more.filter(({ id }) => !ids.has(id))]
}
