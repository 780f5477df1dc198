import { type Observable, concat, defer, of } from 'rxjs'
import type { Chunk } from '../types/chunk.ts'
import type { ScoredPassage } from '../types/document.ts'
import type { LanguageModel } from '../types/ports.ts'

/**
 * No model: the passages themselves, numbered, with where they stand. Uses no tokens.
 *
 * - Order: best first. Memory: nothing held. Drop: nothing to end. Errors: none.
 *
 * @example
 * query$.pipe(retrieve(store), generateAnswer(contextOnly()))
 */
export function contextOnly(): LanguageModel {
  return {
    id: 'context-only',
    contextTokens: Infinity,
    makesPrompts: true,
    stream: ({ query }): Observable<Chunk> =>
      defer(() => {
        const passages = query?.passages ?? []
        const texts = passages.length === 0 ? ['No passages found.\n'] : passages.map(blockOf)
        return concat(texts.map((text): Chunk => ({ type: 'text', text })), of<Chunk>({ type: 'finish', reason: 'stop' }))
      }),
  }
}

function blockOf({ text, title, documentId, headings, line, page }: ScoredPassage, index: number): string {
  const place = page === undefined ? `line ${line}` : `page ${page}`
  const names = [title ?? documentId, ...headings.filter((heading) => heading !== title)].join(' > ')
  return `${index === 0 ? '' : '\n'}[${index + 1}] ${names}, ${place}\n${text.trim()}\n`
}
