import type { Attributes } from './htmlHidden.ts'
import type { TextBuilder } from './textBuilder.ts'

/** Bullets and numbers of list items. */
export interface HtmlLists {
  /** Blank lines inside an item would tear it apart: there one break is all. */
  breaksFor(count: number): number
  open(tag: string, attributes: Attributes): void
  close(tag: string): void
}

const MAX_INDENT = 8

export function createHtmlLists(builder: TextBuilder): HtmlLists {
  /** For each open list the number of its next item; 0 for bullets. */
  const lists: number[] = []
  let openItems = 0

  const openItem = (attributes: Attributes) => {
    openItems += 1
    builder.releaseBreaks()
    builder.breakLine(1)
    const number = toNumber(attributes['value']) ?? lists.at(-1) ?? 0
    if (number > 0) lists[lists.length - 1] = number + 1
    const indent = '  '.repeat(Math.min(Math.max(0, lists.length - 1), MAX_INDENT))
    builder.setPrefix(number > 0 ? `${indent}${number}. ` : `${indent}- `)
  }

  return {
    breaksFor: (count) => (openItems > 0 ? Math.min(count, 1) : count),
    open(tag, attributes) {
      if (tag === 'ol') lists.push(toNumber(attributes['start']) ?? 1)
      if (tag === 'ul' || tag === 'menu') lists.push(0)
      if (tag === 'li') openItem(attributes)
    },
    close(tag) {
      if (tag === 'ol' || tag === 'ul' || tag === 'menu') lists.pop()
      if (tag !== 'li') return
      openItems -= 1
      builder.setPrefix('')
    },
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : undefined
}
