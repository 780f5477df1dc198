/** A line as it stands on a page. */
export interface PdfLine {
  readonly text: string
  /** Distance from the page's lower edge, and height of the letters, in points. */
  readonly y: number
  readonly height: number
}

/** As `getTextContent` gives them: pieces of lines, with blanks as pieces of their own. */
export interface PdfItem {
  readonly str: string
  readonly transform: readonly number[]
  readonly height: number
  readonly hasEOL: boolean
}

/** Joins a page's pieces into lines. */
export function toPdfLines(items: readonly PdfItem[]): PdfLine[] {
  const lines: PdfLine[] = []
  let text: string[] = []
  let y = 0
  let height = 0
  for (const item of items) {
    if (item.str.trim() !== '') {
      if (height === 0) y = item.transform[5] ?? 0
      height = Math.max(height, item.height)
    }
    text.push(item.str)
    if (!item.hasEOL) continue
    addLine()
  }
  addLine()
  return lines

  function addLine(): void {
    const content = withoutGlyphNumbers(text.join(''))
      .replace(/[\0-\x1f\u00a0 ]+/g, ' ')
      .trim()
    if (content !== '') lines.push({ text: content, y, height })
    text = []
    height = 0
  }
}

/**
 * Programs that shape Arabic give a word's text to one of its glyphs; the reader shows the others by their numbers, which look like
 * letters of some alphabet. No word of Arabic goes on in Greek or Cyrillic.
 */
function withoutGlyphNumbers(text: string): string {
  return text.replace(
    /(?<=[\p{Script=Arabic}\p{Script=Hebrew}])[^\P{L}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Latin}]+/gu,
    '',
  )
}

/** One page's text: a blank line where the gap between two lines is clearly wider than the page's usual one. */
export function joinPdfLines(lines: readonly PdfLine[], isWord: (word: string) => boolean): string {
  const gaps = lines
    .slice(1)
    .map((line, index) => lines[index]!.y - line.y)
    .filter((gap) => gap > 0)
    .toSorted((a, b) => a - b)
  const usual = gaps[Math.floor(gaps.length / 2)] ?? 0
  const pieces: string[] = []
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1]
    const isNewParagraph = before !== undefined && before.y - line.y > Math.max(usual, line.height) * 1.35
    if (before === undefined) pieces.push(line.text)
    else if (isNewParagraph) pieces.push('\n\n', line.text)
    else pieces.push(...joinHyphenated(pieces.pop() ?? '', line.text, isWord))
  }
  return pieces.join('')
}

/** `exam-` and `ple` are one word; `peer-to-` and `peer` keep their hyphen, and so does what the document writes so elsewhere. */
function joinHyphenated(line: string, next: string, isWord: (word: string) => boolean): readonly string[] {
  const [, left, hyphen] = /([\p{L}\p{N}][\p{L}\p{N}-]{0,99})([-\u00ad\u2010])$/u.exec(line.slice(-101)) ?? []
  const right = /^\p{Ll}[\p{L}\p{N}]*/u.exec(next.slice(0, 100))?.[0]
  if (left === undefined || hyphen === undefined || right === undefined) return [line, '\n', next]
  const isOneWord = hyphen === '\u00ad' || isWord(left + right) || !(left.includes('-') || isWord(`${left}-${right}`))
  return [isOneWord ? line.slice(0, -1) : line, next]
}
