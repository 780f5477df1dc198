type Cells = readonly string[]

/** Whether the first record names the columns: it is words where a column is numbers, or its cells are all different words. */
export function isCsvHeader(first: Cells, others: readonly Cells[]): boolean {
  const names = first.map((cell) => cell.trim())
  if (others.length === 0 || names.every((name) => name === '') || names.some((name) => isNumber(name) || name.length > 100))
    return false
  if (names.some((_, column) => isNumberColumn(others, column))) return true
  const filled = names.filter((name) => name !== '')
  return filled.length === names.length && new Set(filled.map((name) => name.toLowerCase())).size === filled.length
}

function isNumberColumn(records: readonly Cells[], column: number): boolean {
  const values = records.map((record) => record[column]?.trim() ?? '').filter((value) => value !== '')
  return values.length > 0 && values.filter(isNumber).length >= values.length * 0.8
}

/** Numbers, amounts and dates begin or end with a digit and hold no words. */
function isNumber(cell: string): boolean {
  return /\d/.test(cell) && /^[\d\s.,:/+\-%€$£()T]*$/.test(cell)
}
