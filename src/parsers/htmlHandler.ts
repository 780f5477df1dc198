import { SkippedError } from '../errors.ts'
import type { Heading } from '../types/document.ts'
import { type HtmlCode, createHtmlCode } from './htmlCode.ts'
import { type Attributes, isHidden } from './htmlHidden.ts'
import { createHtmlLists } from './htmlLists.ts'
import { createHtmlTables } from './htmlTables.ts'
import type { HtmlText } from './htmlToText.ts'
import { createTextBuilder } from './textBuilder.ts'

/** Line breaks around each kind of block: 2 leave a blank line. Everything that is not listed runs on in its line. */
const BREAKS: ReadonlyMap<string, number> = new Map([
  ...'p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl hr figure menu fieldset'.split(' ').map((name) => [name, 2] as const),
  ...(
    'div section article aside header footer main nav address body caption thead tbody tfoot tr li dt dd figcaption form center details ' +
    'summary option optgroup legend hgroup search dialog'
  )
    .split(' ')
    .map((name) => [name, 1] as const),
])

/** Set apart by a box rather than by a line. */
const BOXES = new Set(['button', 'select', 'textarea', 'input', 'label', 'img'])

/** The parser looks through all open elements at each unknown closing tag: deeper, and a page takes minutes. No real one comes near. */
const MAX_DEPTH = 60_000

export interface HtmlHandler {
  readonly callbacks: {
    onopentag(name: string, attributes: Attributes): void
    ontext(text: string): void
    onclosetag(name: string): void
  }
  result(): HtmlText
}

/**
 * Turns the parser's events into text. Its state is small, whatever the nesting.
 *
 * @throws SkippedError `damaged`, at an element deeper than 60,000.
 */
export function createHtmlHandler(name: string): HtmlHandler {
  const builder = createTextBuilder(name)
  const lists = createHtmlLists(builder)
  const tables = createHtmlTables(builder)
  const headings: Heading[] = []
  const about: { title?: string; language?: string; description?: string } = {}
  /** Open elements inside a hidden one, itself included. */
  let hiddenDepth = 0
  let depth = 0
  let titleText: string | undefined
  let heading: { readonly start: number; readonly level: number; title: string } | undefined
  let code: HtmlCode | undefined

  const open = (tag: string, attributes: Attributes) => {
    if (code !== undefined) return code.open(tag, attributes)
    const breaks = BREAKS.get(tag)
    const isHeading = /^h[1-6]$/.test(tag)
    if (isHeading) builder.releaseBreaks()
    if (breaks !== undefined) builder.breakLine(lists.breaksFor(breaks))
    // Two of them are how pages without paragraphs part theirs.
    if (tag === 'br') builder.breakLine(lists.breaksFor(builder.owesBreak ? 2 : 1))
    if (BOXES.has(tag)) builder.addText(` ${tag === 'img' ? (attributes['alt'] ?? '') : ''} `)
    lists.open(tag, attributes)
    tables.open(tag)
    if (isHeading) heading = { start: builder.startLine(), level: Number(tag[1]), title: '' }
    if (tag === 'pre') code = createHtmlCode(attributes)
  }

  const close = (tag: string) => {
    if (code !== undefined && !code.close(tag, BREAKS.has(tag))) return
    if (code !== undefined) {
      const text = code.result()
      if (text !== '') builder.addVerbatim(text)
      code = undefined
    }
    if (heading !== undefined && tag === `h${heading.level}`) {
      const title = tidy(heading.title)
      if (title !== '') headings.push({ ...heading, title })
      heading = undefined
    }
    if (BOXES.has(tag)) builder.addText(' ')
    tables.close(tag)
    lists.close(tag)
    const breaks = BREAKS.get(tag)
    if (breaks !== undefined) builder.breakLine(lists.breaksFor(breaks))
  }

  return {
    callbacks: {
      onopentag(tag, attributes) {
        depth += 1
        if (depth > MAX_DEPTH) throw new SkippedError('damaged', `${name} is nested deeper than ${MAX_DEPTH} elements`)
        if (tag === 'html') about.language ??= tidy(attributes['lang'] ?? '')
        if (tag === 'meta' && attributes['name']?.toLowerCase() === 'description')
          about.description ??= tidy(attributes['content'] ?? '')
        // A drawing's `title` elements are hidden with it.
        if (tag === 'title' && hiddenDepth === 0 && about.title === undefined) titleText = ''
        if (hiddenDepth > 0 || isHidden(tag, attributes)) hiddenDepth += 1
        else open(tag, attributes)
      },
      ontext(text) {
        if (titleText !== undefined) titleText += text
        if (hiddenDepth > 0) return
        if (code !== undefined) return code.addText(text)
        if (heading !== undefined && heading.title.length < 1000) heading.title += text
        builder.addText(text)
      },
      onclosetag(tag) {
        depth -= 1
        if (tag === 'title' && titleText !== undefined) {
          about.title = tidy(titleText)
          titleText = undefined
        }
        if (hiddenDepth > 0) hiddenDepth -= 1
        else close(tag)
      },
    },
    result: () => ({ text: builder.toString(), headings, ...about }),
  }
}

function tidy(text: string): string {
  return text
    .slice(0, 4000)
    .replace(/[\s\u00a0]+/g, ' ')
    .trim()
    .slice(0, 300)
}
