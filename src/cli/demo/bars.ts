import type { Lane } from './lane.ts'
import { type Stage, indent } from './stage.ts'

/** How two answers stand at one moment. */
export interface Moment {
  readonly streamed: Lane
  readonly whole: Lane
  /** On the clock of marks. */
  readonly nowNs: number
  /** Time that a full bar stands for, until one takes longer. */
  readonly fullMs: number
}

/** For each answer its figures and a bar as long as its time: dots while there is nothing to read, then solid. */
export function barsOf({ streamed, whole, nowNs, fullMs }: Moment, { width, paint }: Pick<Stage, 'width' | 'paint'>): string[] {
  const timeOf = (lane: Lane) => lane.wholeMs ?? (nowNs - lane.askedAt) / 1e6
  const longest = Math.max(fullMs, timeOf(streamed), timeOf(whole))
  const cells = (milliseconds: number) => Math.round((milliseconds / longest) * (width - indent.length))
  const barOf = (lane: Lane) => {
    const length = cells(timeOf(lane))
    // Text that comes all at once at the end is there as well.
    const read = lane.firstMs === undefined ? 0 : Math.max(1, length - cells(lane.firstMs))
    return indent + paint.dim('·'.repeat(Math.max(0, length - read))) + paint.green('█'.repeat(read))
  }
  return [`${indent}streaming    ${figures(streamed)}`, barOf(streamed), '', `${indent}all at once  ${figures(whole)}`, barOf(whole)]
}

function figures({ firstMs, wholeMs }: Lane): string {
  const first = firstMs === undefined ? '...' : seconds(firstMs)
  return `first words ${first}   whole answer ${wholeMs === undefined ? '...' : seconds(wholeMs)}`
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`
}
