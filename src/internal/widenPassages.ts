import type { Passage, ScoredPassage } from '../types/document.ts'

/** A passage that was found, with what stands around it in its document. */
export interface Located {
  readonly hit: ScoredPassage
  /** The same for hits of one document of one store. */
  readonly document: string
  readonly place: number
  /** Passages of the document by their places. */
  readonly around: ReadonlyMap<number, Passage>
}

export interface WidenOptions {
  readonly before: number
  readonly after: number
  readonly maxTokens: number
}

interface Window extends Located {
  readonly first: number
  readonly last: number
}

/** Windows of one document that meet. */
interface Run {
  hit: ScoredPassage
  rank: number
  readonly document: string
  last: number
  /** Each once, in the order of the text. */
  readonly passages: Passage[]
}

/**
 * Each passage with its neighbours, the nearest first, the best passage first, while all together stay within `maxTokens`.
 * Windows of one document that meet are one; it takes the id, score and rank of its best passage.
 */
export function widenPassages(hits: readonly Located[], { before, after, maxTokens }: WidenOptions): ScoredPassage[] {
  const taken = new Set(hits.map(({ document, place }) => `${document}\n${place}`))
  let room = maxTokens - hits.reduce((sum, { hit }) => sum + hit.tokens, 0)
  const takes = ({ document, around }: Located, from: number, to: number): boolean => {
    const next = around.get(to)
    if (next === undefined || joint(around.get(Math.min(from, to)), around.get(Math.max(from, to))) === undefined) return false
    const key = `${document}\n${to}`
    if (taken.has(key)) return true
    if (next.tokens > room) return false
    taken.add(key)
    room -= next.tokens
    return true
  }
  const windows = hits.map((located): Window => {
    let first = located.place
    let last = located.place
    for (let distance = 1; distance <= Math.max(before, after); distance++) {
      const [oldFirst, oldLast] = [first, last]
      if (distance <= before && first === located.place - distance + 1 && takes(located, first, first - 1)) first--
      if (distance <= after && last === located.place + distance - 1 && takes(located, last, last + 1)) last++
      if (first === oldFirst && last === oldLast) break
    }
    return { ...located, first, last }
  })
  return joined(windows).map(passageOf)
}

/** One run for all windows that meet, in the order of the best passage of each. */
function joined(windows: readonly Window[]): Run[] {
  const ranked = windows.map((window, rank) => ({ ...window, rank }))
  const runs: Run[] = []
  for (const window of ranked.toSorted((a, b) => compare(a.document, b.document) || a.first - b.first)) {
    const { hit, rank, document, first, last } = window
    const before = runs.at(-1)
    if (before === undefined || !meet(before, window)) {
      runs.push({ hit, rank, document, last, passages: passagesFrom(first, window) })
      continue
    }
    for (const passage of passagesFrom(before.last + 1, window)) before.passages.push(passage)
    before.last = Math.max(before.last, last)
    if (rank < before.rank) Object.assign(before, { hit, rank })
  }
  return runs.toSorted((a, b) => a.rank - b.rank)
}

function passagesFrom(first: number, { around, last }: Window): Passage[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => around.get(first + index)).filter((one) => one !== undefined)
}

function meet(before: Run, after: Window): boolean {
  if (before.document !== after.document || after.first > before.last + 1) return false
  return after.first <= before.last || joint(before.passages.at(-1), after.around.get(after.first)) !== undefined
}

/** The run as one passage. Its headings are those that all of it has above it. */
function passageOf({ hit, passages }: Run): ScoredPassage {
  const [head, ...others] = passages
  if (head === undefined || others.length === 0) return hit
  const { id, documentId, score, title, uri, metadata } = hit
  let { text, tokens, headings } = head
  let reached = head
  for (const next of others) {
    if (next.end > reached.end) {
      text += `${joint(reached, next) ?? ''}${next.text.slice(Math.max(0, reached.end - next.start))}`
      reached = next
    }
    tokens += next.tokens
    headings = sharedStart(headings, next.headings)
  }
  return {
    id, documentId, text, start: head.start, end: reached.end, tokens, headings, line: head.line, score,
    ...(head.page !== undefined && { page: head.page }),
    ...(title !== undefined && { title }),
    ...(uri !== undefined && { uri }),
    ...(metadata !== undefined && { metadata }),
  }
}

/**
 * What stands between two passages, which no store keeps: nothing when they overlap or touch, else blanks that `split` left
 * out. Known when they are as many as the line breaks between them, or one, which is taken for a space; undefined otherwise.
 */
function joint(before: Passage | undefined, after: Passage | undefined): string | undefined {
  if (before === undefined || after === undefined) return undefined
  const gap = after.start - before.end
  if (gap <= 0) return ''
  const lines = after.line - before.line - (before.text.split('\n').length - 1)
  if (gap === lines) return '\n'.repeat(gap)
  return gap === 1 && lines === 0 ? ' ' : undefined
}

function sharedStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const differs = a.findIndex((title, level) => title !== b[level])
  return differs < 0 ? a : a.slice(0, differs)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
