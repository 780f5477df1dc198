import { SkippedError } from '../errors.ts'
import { MAX_TEXT_LENGTH } from './parsedText.ts'

/** Collects running text and the breaks between its blocks; blanks collapse as in a browser. Breaks are owed until text follows. */
export interface TextBuilder {
  /** What is written; what is owed does not count. */
  readonly length: number
  /** Line breaks written and owed. */
  readonly breaks: number
  readonly owesBreak: boolean
  /** Running text: white space becomes one blank, none at the start of a line. */
  addText(text: string): void
  /** Text as it is, its blanks too. */
  addVerbatim(text: string): void
  /** At least so many line breaks before what comes next: 1 for a new line, 2 for a blank line. */
  breakLine(count: number): void
  /** Written before the next text: a bullet, the line between two cells. Replaces one that found no text. */
  setPrefix(prefix: string): void
  /** Breaks are not wanted until the next text: at the start of a cell. */
  holdBreaks(): void
  /** From here on they are wanted again; a line between cells that found no text goes. */
  releaseBreaks(): void
  /** The breaks owed so far are not wanted: at the end of a cell. */
  dropBreaks(): void
  /** Pays what is owed and tells where the current line begins. */
  startLine(): number
  toString(): string
}

/** @throws SkippedError `too-large` when the text passes its limit. */
export function createTextBuilder(name: string): TextBuilder {
  const pieces: string[] = []
  let length = 0
  let lineStart = 0
  let breaks = 0
  let owedBreaks = 0
  let owedBlank = false
  let prefix = ''
  let held = false

  const write = (text: string) => {
    pieces.push(text)
    length += text.length
    if (length > MAX_TEXT_LENGTH) throw new SkippedError('too-large', `${name} would be too long as text`)
  }
  const settle = () => {
    if (owedBreaks > 0 && length > 0) {
      write(owedBreaks === 1 ? '\n' : '\n\n')
      lineStart = length
      breaks += 1
    }
    if (prefix !== '') write(prefix)
    else if (owedBlank && length > lineStart) write(' ')
    owedBreaks = 0
    owedBlank = false
    prefix = ''
    held = false
  }

  return {
    get length() {
      return length
    },
    get breaks() {
      return breaks + (owedBreaks > 0 && length > 0 ? 1 : 0)
    },
    get owesBreak() {
      return owedBreaks > 0
    },
    addText(text) {
      const words = text.replace(/[\s\u00a0]+/g, ' ').replaceAll('\u00ad', '')
      const content = words.trim()
      owedBlank ||= words.startsWith(' ')
      if (content === '') return
      settle()
      write(content)
      owedBlank = words.endsWith(' ')
    },
    addVerbatim(text) {
      settle()
      const lastBreak = text.lastIndexOf('\n')
      if (lastBreak >= 0) {
        lineStart = length + lastBreak + 1
        breaks += 1
      }
      write(text)
    },
    breakLine(count) {
      if (!held) owedBreaks = Math.max(owedBreaks, count)
    },
    setPrefix(text) {
      prefix = text
    },
    holdBreaks() {
      held = true
    },
    releaseBreaks() {
      if (held) prefix = ''
      held = false
    },
    dropBreaks() {
      owedBreaks = 0
    },
    startLine() {
      settle()
      return lineStart
    },
    toString: () => pieces.join(''),
  }
}
