/** Of however many numbers: `Math.min(...numbers)` overflows the stack at some 100,000. Of none: `Infinity` and `-Infinity`. */
export function extremes(numbers: readonly number[]): { readonly lowest: number; readonly highest: number } {
  let lowest = Infinity
  let highest = -Infinity
  for (const number of numbers) {
    lowest = Math.min(lowest, number)
    highest = Math.max(highest, number)
  }
  return { lowest, highest }
}
