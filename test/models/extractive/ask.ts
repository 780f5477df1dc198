import { lastValueFrom, toArray } from 'rxjs'
import { extractive } from '../../../src/models/extractive.ts'
import type { Chunk, CitationChunk, FinishReason } from '../../../src/types/chunk.ts'
import type { CompletionRequest } from '../../../src/types/completion.ts'
import type { ScoredPassage } from '../../../src/types/document.ts'
import type { Query } from '../../../src/types/query.ts'

export interface Answer {
  readonly chunks: readonly Chunk[]
  readonly text: string
  readonly citations: readonly CitationChunk[]
  readonly finish: FinishReason | undefined
}

/** A passage of a document of its own, unless `documentId` is given. */
export function passage(text: string, rest: Partial<ScoredPassage> = {}): ScoredPassage {
  const documentId = rest.documentId ?? 'notes.txt'
  return { id: `${documentId}#0`, documentId, text, start: 0, end: text.length, tokens: 1, headings: [], line: 1, score: 1, ...rest }
}

export function requestFor(question: string, passages: readonly ScoredPassage[], query: Partial<Query> = {}): CompletionRequest {
  return { messages: [], query: { id: '1', question, passages, ...query } }
}

/** The whole answer of the extractive model. */
export async function ask(question: string, passages: readonly ScoredPassage[], query: Partial<Query> = {}): Promise<Answer> {
  return answerTo(requestFor(question, passages, query))
}

export async function answerTo(request: CompletionRequest): Promise<Answer> {
  const chunks = await lastValueFrom(extractive().stream(request).pipe(toArray()))
  const last = chunks.at(-1)
  return {
    chunks,
    text: chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : [])).join(''),
    citations: chunks.filter((chunk) => chunk.type === 'citation'),
    finish: last?.type === 'finish' ? last.reason : undefined,
  }
}
