/** A line of a text, its line break included. */
export interface Line {
  readonly start: number
  readonly end: number
  /** Offset of the first character that is no space and no tab; `end` or the line break when there is none. */
  readonly first: number
  readonly isBlank: boolean
}

export function* textLines(text: string, start: number, end: number): Generator<Line> {
  for (let at = start; at < end; ) {
    const lineBreak = text.indexOf('\n', at)
    const behind = lineBreak < 0 || lineBreak >= end ? end : lineBreak + 1
    let first = at
    while (first < behind && isSpace(text.charCodeAt(first))) first++
    yield { start: at, end: behind, first, isBlank: first === behind || isBreak(text.charCodeAt(first)) }
    at = behind
  }
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0c || unit === 0xa0 || unit === 0x3000
}

function isBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d
}

const itemStart = /(?:[-*+•‣◦–·▪]|\d{1,3}[.)]|\p{L}\))[ \t]/uy

/** Whether the line begins a list item. */
export function isItem(text: string, { first }: Line): boolean {
  itemStart.lastIndex = first
  return itemStart.test(text)
}
