import { describe, expect, it } from 'vitest'
import { bestFirst } from '../../src/internal/bestFirst.ts'
import { createRandom } from '../../src/internal/random.ts'

describe('bestFirst', () => {
  it('finds what sorting all finds, whatever the scores, their ties and what is accepted', () => {
    const random = createRandom(1)
    for (let round = 0; round < 300; round++) {
      const length = Math.floor(random() * (round % 3 === 0 ? 3000 : 200))
      // Few different scores make many ties; a third hold none of the words.
      const levels = 1 + Math.floor(random() * 40)
      const scores = Float64Array.from({ length }, () => (random() < 0.33 ? 0 : Math.ceil(random() * levels) / levels))
      const order = Array.from({ length }, () => random())
      const tied = (a: number, b: number) => order[a]! - order[b]!
      const accepts = (place: number) => order[place]! < 0.8
      const count = Math.floor(random() * 30)
      const sorted = [...scores.keys()].filter((place) => scores[place]! > 0 && accepts(place)).toSorted((a, b) => scores[b]! - scores[a]! || tied(a, b))
      expect(bestFirst(scores, count, accepts, tied)).toEqual(sorted.slice(0, count).map((place) => ({ place, score: scores[place] })))
    }
  })

  it('takes the least number above 0, and leaves out 0', () => {
    expect(bestFirst(Float64Array.of(0, Number.MIN_VALUE, 0), 3, () => true, (a, b) => a - b)).toEqual([{ place: 1, score: Number.MIN_VALUE }])
  })
})
