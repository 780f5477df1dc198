/** An x axis over values from `low` to `high`: linear, or logarithmic when they span much. */
export interface Scale {
  readonly log: 0 | 10
  readonly low: number
  readonly high: number
  readonly ticks?: readonly number[]
  /** `count + 1` places, evenly spread over the axis. */
  readonly places: (count: number) => readonly number[]
}

/** From this ratio on, a linear axis would press the short times against its edge. */
const logarithmicFrom = 20
/** A logarithmic axis shows no more than this below its end: one answer from a cache would take half of the picture. */
const widestRatio = 10_000

export function scaleOf(values: readonly number[]): Scale {
  const highest = values.reduce((high, value) => Math.max(high, value), 0) || 1
  const lowest = Math.max(values.reduce((low, value) => Math.min(low, value), highest), highest / widestRatio)
  return highest / lowest > logarithmicFrom ? logarithmic(lowest / 1.15, highest * 1.15) : linear(lowest, highest)
}

function linear(lowest: number, highest: number): Scale {
  // One value alone still gets an axis around it.
  const margin = Math.max((highest - lowest) * 0.06, highest * 0.04)
  const low = Math.max(0, lowest - margin)
  const high = highest + margin
  return { log: 0, low, high, places: (count) => Array.from({ length: count + 1 }, (_, place) => low + ((high - low) * place) / count) }
}

function logarithmic(low: number, high: number): Scale {
  const ratio = high / low
  const steps = ratio > 500 ? [1] : [1, 2, 5]
  const first = Math.floor(Math.log10(low))
  const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, place) => first + place)
  const ticks = decades.flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`))).filter((tick) => tick >= low && tick <= high)
  return { log: 10, low, high, ticks, places: (count) => Array.from({ length: count + 1 }, (_, place) => low * ratio ** (place / count)) }
}
