/** How a table is written. */
export interface CsvDialect {
  readonly delimiter: string
  /** Offset of the first record: Excel's hint `sep=;` is none. */
  readonly start: number
}

const DELIMITERS = [',', ';', '\t', '|']
const SAMPLE_LENGTH = 64 * 1024
const SAMPLE_LINES = 50

/** Picks the delimiter that occurs equally often on most of the first lines; of several the one that makes the most columns. */
export function detectCsvDialect(text: string): CsvDialect {
  const hint = /^sep=(.)\r?\n/.exec(text.slice(0, 16))
  if (hint !== null) return { delimiter: hint[1]!, start: hint[0].length }

  const lines = text
    .slice(0, SAMPLE_LENGTH)
    .replace(/"[^"]*"/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_LINES)
  let best = { delimiter: ',', agreement: 0, count: 0 }
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.split(delimiter).length - 1)
    const count = mostCommon(counts.filter((number) => number > 0))
    const agreement = counts.filter((number) => number === count).length
    if (count > 0 && (agreement > best.agreement || (agreement === best.agreement && count > best.count)))
      best = { delimiter, agreement, count }
  }
  return { delimiter: best.delimiter, start: 0 }
}

function mostCommon(numbers: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1)
  let best = 0
  for (const [number, count] of counts) if (count > (counts.get(best) ?? 0)) best = number
  return best
}
