import { createPlaces } from '../internal/split/createPlaces.ts'
import { type FilledPassage, fillPassage } from '../internal/split/fillPassage.ts'
import { measureUnits } from '../internal/split/measureUnits.ts'
import { sectionsOf } from '../internal/split/sections.ts'
import { type SplitOptions, splitSettings } from '../internal/split/splitSettings.ts'
import { createUnitQueue } from '../internal/split/unitQueue.ts'
import { isHeading } from '../internal/split/units.ts'
import type { Document, Passage } from '../types/document.ts'

/**
 * The passages of one document, one by one, as `split` cuts them. Iterating again cuts again.
 *
 * @throws InvalidOptionError at the call, as `split` does.
 */
export function splitDocument(document: Document, options: SplitOptions = {}): Iterable<Passage> {
  const settings = splitSettings(options)
  return { [Symbol.iterator]: () => passagesOf(document, settings) }
}

function* passagesOf(document: Document, { tokenizer, passageTokens, overlapTokens }: Required<SplitOptions>): Generator<Passage> {
  const { id: documentId, text, title, uri, metadata, pages } = document
  const measure = measureUnits(text, tokenizer, passageTokens, overlapTokens)
  const queue = createUnitQueue(text, sectionsOf(document))
  const placeOf = createPlaces(text, pages)
  const origin = { ...(title !== undefined && { title }), ...(uri !== undefined && { uri }), ...(metadata !== undefined && { metadata }) }
  let index = 0
  let before: FilledPassage | undefined
  while (queue.peek() !== undefined) {
    const filled = fillPassage(queue, before, measure)
    if (filled === undefined) continue
    before = filled
    const { start, end, tokens, taken } = filled
    const about = taken.find((unit) => !isHeading(text, unit)) ?? taken.at(-1)
    const headings = about?.section.path ?? []
    const id = `${documentId}#${index++}`
    yield { id, documentId, text: text.slice(start, end), start, end, tokens, headings, ...placeOf(start), ...origin }
  }
}
