import type { LoadSummary } from '../summary.ts'
import type { ChartGroup, ChartLine } from './chart.ts'
import type { Looks } from './looks.ts'
import { forChart, percent, shortNumber } from './numbers.ts'
import { lineNote, resultName } from './resultName.ts'
import { splitByTarget } from './splitByTarget.ts'

const intro = 'Share of all gaps of all answers, in cells that double in width. A second hill to the right is a stutter that a median does not show.'
const mostLines = 6

interface Cell {
  readonly from: number
  readonly to: number
  readonly share: number
}

interface Filled {
  readonly result: LoadSummary
  readonly place: number
  readonly cells: readonly Cell[]
}

/** Gaps between chunks in cells that double in width; nothing when no answer had a gap. */
export function gapChart(results: readonly LoadSummary[], looks: Looks): readonly ChartGroup[] {
  const filled = results.flatMap((result, place): Filled[] => {
    const cells = cellsOf(result)
    return cells.length === 0 ? [] : [{ result, place, cells }]
  })
  const edges = Array.from(new Set(filled.flatMap(({ cells }) => cells.flatMap((cell) => [cell.from, cell.to])))).toSorted((one, other) => one - other)
  const [first, last] = [edges[0], edges.at(-1)]
  if (first === undefined || last === undefined) return []
  // An empty cell on each side, so that steps rise from nothing and fall to nothing.
  const x = [first / 2, ...edges, last * 2]
  const lineOf = ({ result, place, cells }: Filled, isSplit: boolean): ChartLine => ({
    name: isSplit ? result.load : resultName(result),
    note: lineNote(result, result.gaps.n),
    look: looks.ofResult(place),
    values: x.map((edge) => forChart(100 * (cells.find((cell) => cell.from === edge)?.share ?? 0))),
  })
  const highest = filled.flatMap(({ cells }) => cells).reduce((high, cell) => Math.max(high, 100 * cell.share), 0)
  const charts = splitByTarget(filled, mostLines).map(({ target, items }, place) => ({
    id: `gaps-${place}`,
    title: target === undefined ? 'Gaps' : `Gaps · ${target}`,
    xLabel: 'gap between two chunks (ms, logarithmic)',
    yLabel: 'share of gaps (%)',
    description: items.map(({ result, cells }) => `${resultName(result)}: ${inWords(cells)}`).join('; '),
    log: 2 as const,
    x,
    xRange: [first / 2, last * 2] as const,
    ticks: edges,
    top: forChart(highest * 1.08),
    shape: 'steps' as const,
    xUnit: ' ms',
    yUnit: ' %',
    lines: items.map((item) => lineOf(item, target !== undefined)),
  }))
  return [{ heading: 'Gaps between chunks', intro, charts }]
}

/** A logarithmic axis has no place for 0: a cell from there on begins at half of its end. Empty cells at both ends are left out. */
function cellsOf({ gapCells }: LoadSummary): readonly Cell[] {
  const cells = gapCells.map((cell) => ({ from: cell.fromMs > 0 ? cell.fromMs : cell.toMs / 2, to: cell.toMs, share: cell.share }))
  const filled = (cell: Cell) => cell.share > 0
  return cells.slice(Math.max(0, cells.findIndex(filled)), cells.findLastIndex(filled) + 1)
}

function inWords(cells: readonly Cell[]): string {
  return cells
    .toSorted((one, other) => other.share - one.share)
    .slice(0, 3)
    .map((cell) => `${percent(cell.share)} from ${shortNumber(cell.from)} to ${shortNumber(cell.to)} ms`)
    .join(', ')
}
