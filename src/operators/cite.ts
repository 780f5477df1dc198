import { type MonoTypeOperatorFunction, Observable } from 'rxjs'
import { type CitationMarker, type MarkerReader, createMarkerReader } from '../internal/citationMarkers.ts'
import { sentenceEnds } from '../internal/sentences.ts'
import { createQuoteFinder } from '../internal/quoteFinder.ts'
import type { Chunk, CitationChunk, TextChunk } from '../types/chunk.ts'
import type { ScoredPassage } from '../types/document.ts'

/** What is known of one part of an answer; an answer without parts is one. */
interface Part {
  readonly markers: MarkerReader
  passages: readonly ScoredPassage[]
  /** The end of the text so far, from `tailStart` on: where the statement stands that a marker is for. */
  tail: string
  tailStart: number
  /** Where citations begin that the model itself gave. */
  readonly given: Set<number>
}

/** Longer statements are judged by their end. */
const maxStatement = 500

/**
 * Finds the markers `[1]`, `[1, 2]` and `[1-3]` in an answer's text and emits a `citation` for each number: which passage it
 * means, where the marker stands, and the sentence of the passage that supports what is said before the marker. A number that
 * no passage has is `valid: false`, but a list of which no number is known is an array, not a citation. Text passes at once and
 * unchanged. What a model cites by itself is not cited again.
 *
 * - Order: a citation comes after the text that ends its marker, as soon as the two characters behind it are known, and before `usage`.
 * - Memory: the passages of the answer and the last 1,000 characters of each part.
 * - Drop: nothing to release.
 * - Errors: the source's, after the citations that were waiting.
 *
 * @example
 * query$.pipe(retrieve(store), buildPrompt(), generateAnswer(model), cite())
 */
export function cite(): MonoTypeOperatorFunction<Chunk> {
  return (chunks) =>
    new Observable<Chunk>((subscriber) => {
      const quoteFor = createQuoteFinder()
      let parts = new Map<string | undefined, Part>()
      const partOf = (name: string | undefined): Part => {
        const part = parts.get(name) ?? newPart(parts.get(undefined)?.passages ?? [])
        parts.set(name, part)
        return part
      }
      const emit = (name: string | undefined, part: Part, found: readonly CitationMarker[]) => {
        for (const citation of found.filter(({ start }) => !part.given.has(start)).flatMap((marker) => citationsOf(marker, part, quoteFor))) {
          subscriber.next({ ...citation, ...(name !== undefined && { part: name }) })
        }
      }
      const takeText = ({ text, part: name }: TextChunk) => {
        const part = partOf(name)
        part.tail += text
        emit(name, part, part.markers.push(text))
        const cut = part.tail.length - maxStatement
        if (cut < maxStatement) return
        part.tail = part.tail.slice(cut)
        part.tailStart += cut
      }
      const endAll = () => {
        for (const [name, part] of parts) emit(name, part, part.markers.end())
      }
      return chunks.subscribe({
        next: (chunk) => {
          if (chunk.type === 'usage' || chunk.type === 'finish') endAll()
          if (chunk.type === 'sources') partOf(chunk.part).passages = chunk.passages
          if (chunk.type === 'citation') partOf(chunk.part).given.add(chunk.start)
          if (chunk.type === 'reset') parts = new Map([...parts].map(([name, { passages }]) => [name, newPart(passages)]))
          subscriber.next(chunk)
          if (chunk.type === 'text') takeText(chunk)
        },
        error: (error: unknown) => {
          endAll()
          subscriber.error(error)
        },
        complete: () => {
          endAll()
          subscriber.complete()
        },
      })
    })
}

function newPart(passages: readonly ScoredPassage[]): Part {
  return { markers: createMarkerReader(), passages, tail: '', tailStart: 0, given: new Set() }
}

type FindQuote = ReturnType<typeof createQuoteFinder>

function citationsOf({ numbers, start, end }: CitationMarker, { passages, tail, tailStart }: Part, quoteFor: FindQuote): readonly CitationChunk[] {
  if (numbers.length > 1 && numbers.every((number) => passages[number - 1] === undefined)) return []
  const statement = statementBefore(tail.slice(Math.max(0, start - tailStart - maxStatement), start - tailStart))
  return numbers.map((number): CitationChunk => {
    const passage = passages[number - 1]
    const place = { type: 'citation', marker: number, start, end } as const
    if (passage === undefined) return { ...place, valid: false }
    const quote = quoteFor(statement, passage.text)
    return { ...place, passageId: passage.id, ...(quote !== undefined && { quote }), valid: true }
  })
}

/** The last sentence that has words: `It is fast. [1]` is about what stands before the point. */
function statementBefore(text: string): string {
  const ends = [0, ...sentenceEnds(text)]
  for (let last = ends.length - 1; last > 0; last--) {
    const sentence = text.slice(ends[last - 1], ends[last]).replace(/\[[\d,;–\- ]+\]/g, '')
    if (/\p{L}/u.test(sentence)) return sentence
  }
  return text
}
