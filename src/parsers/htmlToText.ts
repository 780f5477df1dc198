import type { Pace } from '../internal/createPace.ts'
import type { Heading } from '../types/document.ts'
import { createHtmlHandler } from './htmlHandler.ts'

export interface HtmlText {
  readonly text: string
  readonly headings: readonly Heading[]
  /** These three are empty or absent when the page does not say. */
  readonly title?: string
  readonly language?: string
  readonly description?: string
}

/** Small, because a page of nothing but unmatched closing tags costs much for its length. */
const SLICE_LENGTH = 8192

/**
 * The readable text of an HTML page: paragraphs, `- ` and numbered list items, table rows with ` | `, preformatted text as fenced code.
 * Menus stay in: what is the page's content is for the reader to say. Streams through the parser, so nesting costs no stack.
 *
 * @throws SkippedError `too-slow`, `too-large`.
 */
export async function htmlToText(html: string, name: string, pace: Pace): Promise<HtmlText> {
  const { Parser } = await import('htmlparser2')
  const handler = createHtmlHandler(name)
  const parser = new Parser(handler.callbacks)
  for (let start = 0; start < html.length; start += SLICE_LENGTH) {
    parser.write(html.slice(start, start + SLICE_LENGTH))
    await pace.breathe()
  }
  parser.end()
  return handler.result()
}
