/**
 * What a terminal shows after these bytes, as lines without the blanks behind them: text, line ends, moving up, erasing the
 * rest of a line. Colours and the cursor's visibility change nothing; anything else is an error.
 */
export function screenOf(bytes: string, columns: number): string[] {
  const lines: string[][] = [[]]
  let row = 0
  let column = 0
  const line = () => (lines[row] ??= [])
  for (const [piece] of bytes.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[^]/gu)) {
    const [, parameter = '', command] = /^\x1b\[([?\d;]*)([A-Za-z])$/.exec(piece) ?? []
    if (command === 'A') row = Math.max(0, row - Number(parameter || 1))
    else if (command === 'K' && parameter === '') line().length = Math.min(line().length, column)
    else if (command === 'm' || (command !== undefined && parameter === '?25')) continue
    else if (piece === '\r') column = 0
    else if (piece === '\n') row++
    else if (piece < ' ') throw new Error(`Unexpected ${JSON.stringify(piece)} at row ${row}`)
    else {
      if (column === columns) {
        row++
        column = 0
      }
      const cells = line()
      while (cells.length < column) cells.push(' ')
      cells[column++] = piece
    }
    line()
  }
  return lines.map((cells) => cells.join('').trimEnd())
}
