import type { LoadSummary } from '../summary.ts'
import type { LineLook } from './chart.ts'

/** Blue, orange, green, pink, violet, olive: neighbours differ for color-blind readers too. */
const hues = [252, 52, 165, 345, 300, 105]
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [16, 4], [5, 2, 1, 2]]

export interface Looks {
  /** Of a result, by its place: hue for its target, shade and dashes for its load. */
  readonly ofResult: (place: number) => LineLook
  readonly ofTarget: (target: string, dash: number) => LineLook
  /** Custom properties, for a light page and for a dark one. */
  readonly light: string
  readonly dark: string
}

export function looksOf(results: readonly LoadSummary[]): Looks {
  const targets = Array.from(new Set(results.map((result) => result.target)))
  const loads = Array.from(new Set(results.map((result) => result.load)))
  const both = targets.length > 1 && loads.length > 1
  const placeOf = (result: LoadSummary) => ({ target: targets.indexOf(result.target), load: loads.indexOf(result.load) })

  const propertiesOf = (from: number, to: number, chroma: number) => {
    const lightness = (strength: number) => (from + (to - from) * strength).toFixed(3)
    const color = (hue: number, strength: number) => `oklch(${lightness(strength)} ${chroma} ${hues[hue % hues.length]})`
    return [
      ...results.map((result, place) => {
        const { target, load } = placeOf(result)
        return `--line-${place}:${color(targets.length > 1 ? target : load, both ? load / (loads.length - 1) : 0.6)}`
      }),
      ...targets.map((_, target) => `--target-${target}:${color(target, 0.6)}`),
    ].join(';')
  }

  return {
    ofResult: (place) => {
      const result = results[place]
      const { target, load } = result === undefined ? { target: 0, load: 0 } : placeOf(result)
      return { color: `--line-${place}`, dash: dashAt(loads.length > 1 ? load : target) }
    },
    ofTarget: (target, dash) => ({ color: `--target-${targets.indexOf(target)}`, dash: dashAt(dash) }),
    light: propertiesOf(0.66, 0.38, 0.13),
    dark: propertiesOf(0.6, 0.86, 0.12),
  }
}

function dashAt(place: number): readonly number[] {
  return dashes[place % dashes.length] ?? []
}
