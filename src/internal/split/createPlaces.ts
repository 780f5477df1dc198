/** Where an offset is for a reader. */
export interface Place {
  /** 1-based. */
  readonly line: number
  /** 1-based; of texts with pages. */
  readonly page?: number
}

/** Finds lines and pages of offsets that never go back, in one pass over the text. */
export function createPlaces(text: string, pages: readonly number[] | undefined): (offset: number) => Place {
  let line = 1
  let page = 0
  let nextBreak = text.indexOf('\n')

  return (offset) => {
    while (nextBreak >= 0 && nextBreak < offset) {
      line++
      nextBreak = text.indexOf('\n', nextBreak + 1)
    }
    if (pages === undefined || pages.length === 0) return { line }
    while ((pages[page] ?? Infinity) <= offset) page++
    return { line, page: Math.max(1, page) }
  }
}
