import { type OperatorFunction, concatMap } from 'rxjs'
import { type SplitOptions, splitSettings } from '../internal/split/splitSettings.ts'
import type { Document, Passage } from '../types/document.ts'
import { splitDocument } from './splitDocument.ts'

export type { SplitOptions } from '../internal/split/splitSettings.ts'

/**
 * Cuts documents into passages of at most `passageTokens` tokens, by the tokenizer's own count of the passage's text.
 *
 * Cut at headings, else between paragraphs (a list, a table, a piece of code in fences is one), else sentences, else words;
 * inside a word only when it alone is too long, and not inside a character: one character that is more than `passageTokens`
 * is the only thing that can pass the bound. Small neighbouring sections share a passage. Inside a section each passage
 * repeats the end of the one before: whole sentences up to `overlapTokens`, else words.
 *
 * Passages have no blanks at their edges and none is empty; `document.text.slice(start, end) === text`. Together they hold
 * everything from `bodyStart` on that is no blank, in order. Time is linear in the length of the document.
 *
 * - Order: of the documents, and of the text inside each.
 * - Memory: one document; documents that arrive while another is cut are queued: pull them (`pullMap`).
 * - Drop: the rest is not cut.
 * - Errors: the source's, and what the tokenizer throws.
 *
 * @throws InvalidOptionError at the call, when a number is not a positive integer or the overlap is not below `passageTokens`.
 *
 * @example
 * documents.pipe(split({ tokenizer: tiktoken(), passageTokens: 512 }))
 */
export function split(options: SplitOptions = {}): OperatorFunction<Document, Passage> {
  const settings = splitSettings(options)
  return (documents) => documents.pipe(concatMap((document) => splitDocument(document, settings)))
}

/** Raised when the same settings would cut otherwise than before. */
const version = 1

/** Names how documents are split: what is stored under another name must be split again. */
export function splitterName(options: SplitOptions = {}): string {
  const { tokenizer, passageTokens, overlapTokens } = splitSettings(options)
  return `split-${version} ${tokenizer.id} ${passageTokens}/${overlapTokens}`
}
