/** The next of a sequence of numbers from 0 up to, not including, 1. */
export type Random = () => number

/** A sequence that is the same for the same parts, such as a seed and a request's number, and another for any others. */
export function createRandom(...parts: readonly (number | string)[]): Random {
  const text = parts.join('\n')
  let state = 2_166_136_261
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 16_777_619)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    return ((more ^ (more >>> 14)) >>> 0) / 4_294_967_296
  }
}
