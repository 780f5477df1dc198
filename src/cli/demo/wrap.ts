import { stripVTControlCharacters } from 'node:util'

/** Lays a text out in lines while it comes in pieces. */
export interface Wrap {
  /** What can be printed now: all whole words. */
  push(text: string): string
  /** The last word, and the end of its line when one was begun. What comes next begins on a new one. */
  end(): string
}

/**
 * Breaks between words, so that no line is longer than `width`. The first line begins with `first`, all others with `rest`.
 * A word is held back until it is whole; one that is longer than a line is left to the terminal.
 */
export function createWrap(width: number, first = '', rest = first): Wrap {
  let prefix = first
  let column = 0
  let gap = ''
  let word = ''

  const place = () => {
    if (word === '') return ''
    const length = lengthOf(word)
    const isFirst = column === 0
    const breaks = !isFirst && column + gap.length + length > width
    const before = isFirst ? prefix : breaks ? `\n${rest}` : gap
    column = (isFirst || breaks ? lengthOf(isFirst ? prefix : rest) : column + gap.length) + length
    prefix = rest
    const placed = before + word
    gap = word = ''
    return placed
  }
  const take = (piece: string) => {
    if (!/^\s/.test(piece)) {
      word += piece
      return ''
    }
    const placed = place()
    if (piece !== '\n') {
      gap += piece
      return placed
    }
    gap = ''
    column = 0
    return `${placed}\n`
  }

  return {
    push: (text) => (text.match(/\n|[^\S\n]+|\S+/g) ?? []).map(take).join(''),
    end() {
      const placed = place()
      const ended = column === 0 ? placed : `${placed}\n`
      column = 0
      return ended
    },
  }
}

/** Columns that a text takes: colours take none. */
export function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
