import { readInline } from './readInline.ts'
import type { Block } from './tree.ts'

/** Lists in quotes in lists end here: what is deeper is a paragraph. */
const maxDepth = 8
const fence = /^ {0,3}(`{3,}|~{3,})([^`]*)$/
const heading = /^ {0,3}(#{1,6})(?=\s|$)(.*)$/
const rule = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/
const item = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+|$)/
const quote = /^ {0,3}> ?/
const tableLine = /^ {0,3}\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?$/

/**
 * Cuts a text into its outermost blocks, each a text of its own: while an answer grows only its last block is read and drawn anew.
 */
export function cutBlocks(text: string): readonly string[] {
  const blocks: string[] = []
  let lines: string[] = []
  let fenced = ''
  let blank = false
  const flush = () => {
    if (lines.length > 0) blocks.push(lines.join('\n'))
    lines = []
  }
  for (const line of text.split(/\r\n|[\r\n]/)) {
    const mark = fence.exec(line.trimStart())?.[1]
    if (fenced === '' && line.trim() === '') {
      blank = true
      continue
    }
    // Behind a blank line an indented line, or an item of the same list, still belongs to what was before.
    const goesOn = fenced !== '' || (blank && lines.length > 0 && item.test(lines[0]!) && (/^\s/.test(line) || item.test(line)))
    if (blank && !goesOn) flush()
    if (blank && goesOn && fenced === '') lines.push('')
    blank = false
    lines.push(line)
    if (fenced === '' && mark !== undefined) fenced = mark
    else if (fenced !== '' && line.trim().startsWith(fenced) && line.trim().replaceAll(fenced.charAt(0), '') === '') fenced = ''
  }
  flush()
  return blocks
}

/** Reads blocks: a part of CommonMark with tables. HTML is text. */
export function readBlocks(source: string): readonly Block[] {
  return readLines(source.replaceAll('\t', '    ').split('\n'), 0)
}

function readLines(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  let at = 0
  const endParagraph = () => {
    const text = paragraph.map((line) => line.trimStart()).join('\n').trimEnd()
    if (text !== '') blocks.push({ kind: 'paragraph', children: readInline(text) })
    paragraph = []
  }
  const push = (block: Block, next: number) => {
    endParagraph()
    blocks.push(block)
    at = next
  }

  while (at < lines.length) {
    const line = lines[at]!
    const [, mark, info = ''] = fence.exec(line) ?? []
    const [, level, title = ''] = heading.exec(line) ?? []
    if (mark !== undefined) {
      const end = fenceEnd(lines, at + 1, mark)
      push({ kind: 'code', language: /^[\w+#.-]{1,40}/.exec(info.trim())?.[0] ?? '', text: lines.slice(at + 1, end).join('\n') }, end + 1)
    } else if (level !== undefined) push({ kind: 'heading', level: level.length, children: readInline(title.trim().replace(/(^|\s)#+$/, '').trim()) }, at + 1)
    else if (rule.test(line)) push({ kind: 'rule' }, at + 1)
    else if (quote.test(line) && depth < maxDepth) {
      const end = firstFrom(lines, at, (one) => !quote.test(one))
      push({ kind: 'quote', children: readLines(lines.slice(at, end).map((one) => one.replace(quote, '')), depth + 1) }, end)
    } else if (item.test(line) && depth < maxDepth && (paragraph.length === 0 || !/^ *\d/.test(line) || /^ *1[.)]/.test(line))) {
      const [list, next] = readList(lines, at, depth)
      push(list, next)
    } else if (line.includes('|') && tableLine.test(lines[at + 1] ?? '')) {
      const end = firstFrom(lines, at + 2, (one) => !one.includes('|'))
      const header = cells(line)
      const rows = lines.slice(at + 2, end).map((one) => header.map((_, column) => cells(one)[column] ?? []))
      push({ kind: 'table', header, rows }, end)
    } else {
      if (line.trim() === '') endParagraph()
      else paragraph.push(line)
      at++
    }
  }
  endParagraph()
  return blocks
}

/** Items of one kind of mark, with the lines that are indented below them. */
function readList(lines: readonly string[], from: number, depth: number): [Block, number] {
  const kindOf = (line: string) => item.exec(line)?.[2]?.replace(/^\d+/, '')
  const kind = kindOf(lines[from]!)
  const items: (readonly Block[])[] = []
  let at = from
  while (at < lines.length && !rule.test(lines[at]!) && kindOf(lines[at]!) === kind) {
    const first = lines[at]!
    const width = item.exec(first)![0].length
    const below = firstFrom(lines, at + 1, (line, index) => {
      if (line.trim() === '') return !/^\s{2,}\S/.test(lines[index + 1] ?? '')
      return !/^\s{2,}/.test(line) && (item.test(line) || startsBlock(line) || lines[index - 1]!.trim() === '')
    })
    const inside = lines.slice(at + 1, below).map((line) => line.replace(new RegExp(`^ {1,${Math.max(2, width)}}`), ''))
    items.push(readLines([first.slice(width), ...inside], depth + 1))
    at = below
    while (lines[at]?.trim() === '') at++
  }
  const number = /^ *(\d+)/.exec(lines[from]!)?.[1]
  return [{ kind: 'list', ordered: number !== undefined, start: Number(number ?? 1), items }, at]
}

function startsBlock(line: string): boolean {
  return fence.test(line) || heading.test(line) || quote.test(line) || rule.test(line)
}

function fenceEnd(lines: readonly string[], from: number, mark: string): number {
  return firstFrom(lines, from, (line) => line.trim().startsWith(mark) && line.trim().replaceAll(mark.charAt(0), '') === '')
}

function firstFrom(lines: readonly string[], from: number, test: (line: string, index: number) => boolean): number {
  for (let index = from; index < lines.length; index++) if (test(lines[index]!, index)) return index
  return lines.length
}

function cells(line: string) {
  return line.trim().replace(/^\||(?<!\\)\|$/g, '').split(/(?<!\\)\|/).map((cell) => readInline(cell.trim().replaceAll('\\|', '|')))
}
