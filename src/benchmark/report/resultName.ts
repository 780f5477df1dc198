import type { LoadSummary } from '../summary.ts'
import { wholeNumber } from './numbers.ts'

/** One target under one load, as a reader calls it. */
export function resultName({ target, load }: LoadSummary): string {
  return `${target} · ${load}`
}

/** Beside the name of a line of a chart: how many values it stands on, and whether they are to be believed. */
export function lineNote({ self }: LoadSummary, n: number): string {
  return `n = ${wholeNumber(n)}${self.clientLimited === undefined ? '' : ', client limited'}`
}
