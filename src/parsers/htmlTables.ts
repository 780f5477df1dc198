import type { TextBuilder } from './textBuilder.ts'

/** Puts the cells of a row on one line, with ` | ` between, as long as they are short; cells that have lines of their own stay apart. */
export interface HtmlTables {
  open(tag: string): void
  close(tag: string): void
}

interface Row {
  /** As the builder's stood at the row's start: more of them, and the row is a layout of blocks. */
  readonly breaks: number
  readonly start: number
  /** Cells before the current one that had no text. */
  emptyCells: number
  cellStart: number
}

export function createHtmlTables(builder: TextBuilder): HtmlTables {
  const rows: Row[] = []
  /** For each open table, whether it has header cells: then empty cells matter, as what stands below each header is its own. */
  const tables: { hasHeaders: boolean }[] = []

  const openCell = (row: Row) => {
    row.cellStart = builder.length
    const hasText = builder.length > row.start
    if (hasText && builder.breaks > row.breaks) {
      builder.breakLine(1)
    } else {
      const gaps = tables.at(-1)?.hasHeaders ? row.emptyCells : 0
      if (hasText) builder.setPrefix(` |${' |'.repeat(gaps)} `)
      else if (gaps > 0) builder.setPrefix('| '.repeat(gaps))
    }
    builder.holdBreaks()
  }
  const closeCell = (row: Row) => {
    builder.releaseBreaks()
    if (builder.length === row.cellStart) {
      row.emptyCells += 1
      builder.setPrefix('')
    } else {
      row.emptyCells = 0
      builder.dropBreaks()
    }
  }

  return {
    open(tag) {
      if (tag === 'table') tables.push({ hasHeaders: false })
      if (tag === 'tr') rows.push({ breaks: builder.breaks, start: builder.length, emptyCells: 0, cellStart: builder.length })
      const row = rows.at(-1)
      if (row === undefined || (tag !== 'td' && tag !== 'th')) return
      const table = tables.at(-1)
      if (tag === 'th' && table !== undefined) table.hasHeaders = true
      openCell(row)
    },
    close(tag) {
      const row = rows.at(-1)
      if ((tag === 'td' || tag === 'th') && row !== undefined) closeCell(row)
      if (tag === 'tr' && row !== undefined) {
        if (builder.length > row.start && builder.breaks > row.breaks + 1) builder.breakLine(2)
        rows.pop()
      }
      if (tag === 'table') tables.pop()
    },
  }
}
