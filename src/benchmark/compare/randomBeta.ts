import type { Random } from '../../internal/random.ts'

/**
 * A number of the beta distribution with both shapes at least 1: x / (x + y) of two gammas (Devroye 1986, Non-Uniform Random Variate
 * Generation, IX.3). Beta(k, n + 1 - k) is the distribution of the k-th smallest of n uniform numbers.
 */
export function randomBeta(random: Random, first: number, second: number): number {
  const x = randomGamma(random, first)
  return x / (x + randomGamma(random, second))
}

/**
 * A number of the gamma distribution with scale 1 and a shape of at least 1: Marsaglia and Tsang (2000), A simple method for
 * generating gamma variables, ACM TOMS 26(3). Takes the first proposal more than 95 % of the time, whatever the shape.
 */
export function randomGamma(random: Random, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = randomNormal(random)
    const root = 1 + c * x
    if (root <= 0) continue
    const v = root * root * root
    const u = 1 - random()
    if (u < 1 - 0.0331 * x ** 4 || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v
  }
}

/** A number of the standard normal distribution (Marsaglia's polar method). */
export function randomNormal(random: Random): number {
  for (;;) {
    const x = 2 * random() - 1
    const y = 2 * random() - 1
    const s = x * x + y * y
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * Math.log(s)) / s)
  }
}
