import { type Line, isItem, textLines } from './textLines.ts'

/** What a reader sees as one thing: a paragraph, a whole list, a table, a piece of code in its fences. */
export interface TextBlock {
  readonly kind: 'paragraph' | 'list' | 'table' | 'code'
  readonly start: number
  /** Where the next block begins: blank lines belong to the block before them. */
  readonly end: number
}

interface OpenBlock {
  kind: TextBlock['kind']
  start: number
  /** Blank lines have followed: the next line begins another block, unless it goes on with a list. */
  afterBlank: boolean
  /** What closes the open fence, at least. */
  fence: string | undefined
}

const fenceStart = /(?:`{3,}(?=[^`\n]*(?:\n|$))|~{3,})/y

/** Cuts a range of a text into blocks, one by one. A fence that is never closed goes to the end of the range. */
export function* textBlocks(text: string, start: number, end: number): Generator<TextBlock> {
  let open: OpenBlock = { kind: 'paragraph', start, afterBlank: false, fence: undefined }
  let isEmpty = true
  for (const line of textLines(text, start, end)) {
    if (open.fence !== undefined) {
      if (closesFence(text, line, open.fence)) {
        open.fence = undefined
        open.afterBlank = open.kind === 'code'
      }
      continue
    }
    if (line.isBlank) {
      open.afterBlank ||= !isEmpty
      continue
    }
    const fence = fenceAt(text, line)
    const goesOn = isEmpty || (open.afterBlank || fence !== undefined ? continuesList(text, line, open) : true)
    if (!goesOn) {
      yield { kind: open.kind, start: open.start, end: line.start }
      open = { kind: 'paragraph', start: line.start, afterBlank: false, fence: undefined }
    }
    if (isEmpty || !goesOn) open.kind = fence === undefined ? kindOfFirst(text, line) : 'code'
    else if (open.kind === 'paragraph' && isItem(text, line)) open.kind = 'list'
    open.fence = fence
    open.afterBlank = false
    isEmpty = false
  }
  if (end > open.start) yield { kind: open.kind, start: open.start, end }
}

function kindOfFirst(text: string, line: Line): TextBlock['kind'] {
  if (text.charCodeAt(line.first) === 0x7c) return 'table'
  return isItem(text, line) ? 'list' : 'paragraph'
}

/** Behind a blank line a list goes on with an item or with what is indented. */
function continuesList(text: string, line: Line, open: OpenBlock): boolean {
  return open.kind === 'list' && (line.first - line.start >= 2 || isItem(text, line))
}

function fenceAt(text: string, { first }: Line): string | undefined {
  const unit = text.charCodeAt(first)
  if (unit !== 0x60 && unit !== 0x7e) return undefined
  fenceStart.lastIndex = first
  return fenceStart.exec(text)?.[0].slice(0, 200)
}

function closesFence(text: string, { first, end }: Line, fence: string): boolean {
  if (text.charCodeAt(first) !== fence.charCodeAt(0) || end - first > 1000) return false
  const line = text.slice(first, end).trimEnd()
  return line.length >= fence.length && line === fence.charAt(0).repeat(line.length)
}
