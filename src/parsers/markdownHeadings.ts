import type { Heading } from '../types/document.ts'

const MAX_TITLE_LENGTH = 300

/** What the lines before mean for the next one. */
interface State {
  /** Characters that close the open fence, at least. */
  fence: string | undefined
  /** What ends the open HTML comment or verbatim element. */
  htmlEnd: RegExp | undefined
  /** Inside a list, fences may be indented. */
  inList: boolean
  /** The open paragraph, which an underline would make a heading; `undefined` in lists and quotations, and between paragraphs. */
  paragraph: { readonly start: number; readonly lines: string[] } | undefined
  /** A list item or quotation goes on until a blank line. */
  lazy: boolean
}

/** Finds ATX and setext headings (and one-line `<h1>` elements) outside code, comments and quotations, in one pass over the lines. */
export function markdownHeadings(text: string, from = 0): Heading[] {
  const headings: Heading[] = []
  const state: State = { fence: undefined, htmlEnd: undefined, inList: false, paragraph: undefined, lazy: false }
  for (let start = from; start < text.length;) {
    const lineFeed = text.indexOf('\n', start)
    const end = lineFeed < 0 ? text.length : lineFeed
    const line = text.slice(start, text[end - 1] === '\r' ? Math.max(start, end - 1) : end)
    const heading = readLine(state, line, start)
    if (heading !== undefined) headings.push(heading)
    start = end + 1
  }
  return headings
}

function readLine(state: State, line: string, start: number): Heading | undefined {
  if (continuesBlock(state, line)) return undefined
  const indent = /^[ \t]*/.exec(line)![0].length
  const content = line.slice(indent)
  if (content === '') return endParagraph(state)
  if (indent === 0 && !isListItem(content) && !state.lazy) state.inList = false

  const fence = indent <= 3 || state.inList ? /^(?:`{3,}(?=[^`]*$)|~{3,})/.exec(content)?.[0] : undefined
  if (fence !== undefined) {
    state.fence = fence
    return endParagraph(state)
  }
  if (indent > 3) return addToParagraph(state, content, start)
  if (content.startsWith('<') && opensHtml(state, content)) return endParagraph(state)

  const heading = atx(content, start) ?? htmlHeading(content, start) ?? setext(state, content)
  if (heading !== undefined) {
    endParagraph(state)
    return heading.title === '' ? undefined : heading
  }
  if (isListItem(content) || content.startsWith('>')) {
    state.inList ||= isListItem(content)
    endParagraph(state)
    state.lazy = true
    return undefined
  }
  return addToParagraph(state, content, start, true)
}

/** Inside a fence or a verbatim element nothing else counts. */
function continuesBlock(state: State, line: string): boolean {
  if (state.fence !== undefined) {
    const close = line.trim()
    if (close.length >= state.fence.length && close.startsWith(state.fence) && close === close[0]!.repeat(close.length))
      state.fence = undefined
    return true
  }
  if (state.htmlEnd === undefined) return false
  if (state.htmlEnd.test(line)) state.htmlEnd = undefined
  return true
}

function opensHtml(state: State, content: string): boolean {
  const verbatim = /^<(pre|script|style|textarea)\b/i.exec(content)?.[1]
  const end = content.startsWith('<!--') ? /-->/ : verbatim === undefined ? undefined : new RegExp(`</${verbatim}>`, 'i')
  if (end === undefined) return false
  if (!end.test(content)) state.htmlEnd = end
  return true
}

function endParagraph(state: State): undefined {
  state.paragraph = undefined
  state.lazy = false
}

/** A line indented like code continues a paragraph, but begins none. Beyond a few lines it is no heading any more. */
function addToParagraph(state: State, content: string, start: number, mayBegin = false): undefined {
  if (state.paragraph !== undefined) {
    if (state.paragraph.lines.length < 10) state.paragraph.lines.push(content)
  } else if (mayBegin && !state.lazy) {
    state.paragraph = { start, lines: [content] }
  }
}

function isListItem(content: string): boolean {
  return /^(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/.test(content)
}

function atx(content: string, start: number): Heading | undefined {
  const level = /^#{1,6}(?=[ \t]|$)/.exec(content)?.[0].length
  if (level === undefined) return undefined
  const title = content.slice(level).trim()
  const withoutClose = trimEndOf(title, '#')
  const closes = withoutClose === '' || /[ \t]$/.test(withoutClose)
  return { start, level, title: plainTitle(closes ? withoutClose : title) }
}

function trimEndOf(text: string, character: string): string {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1
  return text.slice(0, end)
}

/** READMEs like to centre their title so. */
function htmlHeading(content: string, start: number): Heading | undefined {
  const [, level, title] = /^<h([1-6])\b[^<>]*>(.{0,1000}?)<\/h\1>/i.exec(content) ?? []
  return title === undefined ? undefined : { start, level: Number(level), title: plainTitle(title.replace(/<[^<>]*>/g, '')) }
}

function setext({ paragraph }: State, content: string): Heading | undefined {
  if (paragraph === undefined || paragraph.lines.length >= 10 || !/^(?:=+|-+)[ \t]*$/.test(content)) return undefined
  return { start: paragraph.start, level: content.startsWith('=') ? 1 : 2, title: plainTitle(paragraph.lines.join(' ')) }
}

/** The words of a heading without its markup; what stands in a code span is no markup. */
function plainTitle(source: string): string {
  return source
    .slice(0, MAX_TITLE_LENGTH)
    .replace(/[ \t]*\{#[^{}]*\}[ \t]*$/, '')
    .replace(/!?\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/g, '$1')
    .replace(/(`+)(.+?)\1|<\/?[a-z][^<>]*>/gi, (_, ticks: string | undefined, code: string) =>
      ticks === undefined ? '' : code.trim(),
    )
    .replace(/(\*\*|__|\*)(?=\S)(.*?\S)\1/g, '$2')
    .trim()
}
