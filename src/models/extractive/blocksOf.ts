import { stopWords } from '../../internal/stopWords.ts'

/** A part of a text as a reader sees it. Offsets are into the text. */
export interface Block {
  readonly kind: 'paragraph' | 'heading' | 'item' | 'code' | 'row' | 'record'
  readonly start: number
  readonly end: number
  /** Of headings. */
  readonly level?: number
  /** Of code in a fence: what stands behind the opening one. */
  readonly language?: string
  /** Of list items: how the item begins, `-` or `2.`. */
  readonly bullet?: string
}

interface Line {
  readonly start: number
  readonly end: number
  /** The line without blanks around it, at most `headLength` characters of it. */
  readonly head: string
  readonly indent: number
}

const headLength = 200
const fence = /^(`{3,}|~{3,})\s*([\w+#.-]*)/
const itemStart = /^([-*+•‣◦–]|\d{1,3}[.)])\s+\S/
const headingStart = /^(#{1,6})\s+\S/
const underline = /^(=+|-{2,})$/
const tableRule = /^[|:\s-]+$/
const codeLine = new RegExp(
  [
    /[;{}]$|=>|^[)\]}]/,
    /^(?:import|export|from|def|class|function|const|let|var|return|public|private|#include|@\w|if|for|while|else)\b.*[({:=;'"]$/,
    /^[\w.]+\(.*\)$|^(?:\/\/|\/\*|\*\/|#!)|^\w+ = \S/,
  ].map(({ source }) => source).join('|'),
)
const keyedLine = /^[\p{L}\p{N}_][^:()[\]*<>"“”]{0,40}: ?(?!\/\/)\S/u

/**
 * Cuts a text into headings, paragraphs, list items, code, table rows and records (lines of `name: value`), in order.
 * Reads Markdown and what looks like it; every line is looked at once, and only at its beginning.
 */
export function blocksOf(text: string): Block[] {
  const lines = linesOf(text)
  const blocks: Block[] = []
  let index = startsInsideCode(lines) ? takeCode(lines, 0, blocks, '') : 0
  while (index < lines.length) {
    const line = lines[index]
    if (line === undefined) break
    const opening = fence.exec(line.head)
    if (line.head === '') index++
    else if (opening) index = takeCode(lines, index + 1, blocks, opening[2] ?? '', opening[1])
    else index = takeParagraph(lines, index, blocks)
  }
  return blocks
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf('\n', start)
    const end = next < 0 ? text.length : next
    let first = start
    while (first < end && text.charCodeAt(first) <= 32) first++
    const head = text.slice(first, Math.min(end, first + headLength)).trim()
    lines.push({ start, end, head, indent: first - start })
    start = end + 1
  }
  return lines
}

/** A passage may begin inside code: then its first fence closes one, and only the next names a language. */
function startsInsideCode(lines: readonly Line[]): boolean {
  const languages = lines.flatMap(({ head }) => fence.exec(head)?.[2] ?? [])
  if (languages[0] !== '') return false
  if (languages.length > 1) return languages[1] !== ''
  return looksLikeCode(lines.slice(0, lines.findIndex(({ head }) => fence.test(head))))
}

function takeCode(lines: readonly Line[], from: number, blocks: Block[], language: string, marker?: string): number {
  let index = from
  while (index < lines.length && !isClosing(lines[index]?.head ?? '', marker)) index++
  const first = lines[from]
  const last = lines[index - 1]
  if (index > from && first && last) blocks.push({ kind: 'code', start: first.start, end: last.end, language })
  return index + 1
}

function isClosing(head: string, marker: string | undefined): boolean {
  if (marker === undefined) return /^(`{3,}|~{3,})$/.test(head)
  return head.startsWith(marker) && head.replaceAll(marker.charAt(0), '') === ''
}

/** Takes the lines up to the next blank one, fence or heading. */
function takeParagraph(lines: readonly Line[], from: number, blocks: Block[]): number {
  let index = from
  while (index < lines.length) {
    const head = lines[index]?.head ?? ''
    if (head === '' || (index > from && (fence.test(head) || headingStart.test(head)))) break
    index++
    if (headingStart.test(head)) break
  }
  pushParagraph(lines.slice(from, index), blocks)
  return index
}

function pushParagraph(lines: readonly Line[], blocks: Block[]): void {
  const first = lines[0]
  const last = lines.at(-1)
  if (first === undefined || last === undefined) return
  const { start } = first
  const { end } = last
  const heading = headingStart.exec(first.head)
  if (heading) blocks.push({ kind: 'heading', start, end, level: heading[1]?.length ?? 1 })
  else if (lines.length === 2 && underline.test(last.head)) {
    blocks.push({ kind: 'heading', start, end: first.end, level: last.head.startsWith('=') ? 1 : 2 })
  } else if (lines.some(({ head }) => itemStart.test(head))) pushItems(lines, blocks)
  else if (looksLikeCode(lines)) blocks.push({ kind: 'code', start, end, language: '' })
  else if (lines.length > 1 && lines.every(({ head }) => keyedLine.test(head))) blocks.push({ kind: 'record', start, end })
  else if (lines.every(({ head }) => head.includes('|'))) {
    for (const line of lines) if (!tableRule.test(line.head)) blocks.push({ kind: 'row', start: line.start, end: line.end })
  } else pushLines(lines, blocks)
}

/** Divides where a line was ended on purpose: its next word would have fitted, and does not go on a sentence. */
function pushLines(lines: readonly Line[], blocks: Block[]): void {
  const width = lines.reduce((longest, line) => Math.max(longest, lengthOf(line)), 0) * 0.9
  let begun = 0
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1]
    if (next !== undefined && (goesOn(line, next) || lengthOf(line) + firstWord(next).length >= width)) continue
    const first = lines[begun]
    if (first !== undefined) {
      const lone = index === begun && lines.length > 1 && lengthOf(line) < 80 && !/[.!?:…]["”’')\]]*$/.test(line.head)
      blocks.push({ kind: lone ? 'row' : 'paragraph', start: first.start, end: line.end })
    }
    begun = index + 1
  }
}

function goesOn(line: Line, next: Line): boolean {
  if (/[.!?:]$/.test(line.head)) return false
  return /^[\p{Ll}(,;]/u.test(next.head) || /[,;]$/.test(line.head) || stopWords.english.has(/\p{L}+$/u.exec(line.head)?.[0] ?? '')
}

function lengthOf({ start, end, indent }: Line): number {
  return end - start - indent
}

function firstWord({ head }: Line): string {
  return /^\S+/.exec(head)?.[0] ?? ''
}

/** Every line that begins as an item begins one; what stands before the first is a paragraph. */
function pushItems(lines: readonly Line[], blocks: Block[]): void {
  let begun = 0
  for (let index = 1; index <= lines.length; index++) {
    const line = lines[index]
    if (line !== undefined && !itemStart.test(line.head)) continue
    const first = lines[begun]
    const last = lines[index - 1]
    if (first === undefined || last === undefined) return
    const bullet = itemStart.exec(first.head)?.[1]
    if (bullet === undefined) blocks.push({ kind: 'paragraph', start: first.start, end: last.end })
    else blocks.push({ kind: 'item', start: first.start + first.indent + bullet.length, end: last.end, bullet })
    begun = index
  }
}

function looksLikeCode(lines: readonly Line[]): boolean {
  const hits = lines.filter(({ head }) => codeLine.test(head)).length
  return lines.length > 1 ? hits >= lines.length * 0.6 : hits === 1 && /[;{}]$/.test(lines[0]?.head ?? '')
}
