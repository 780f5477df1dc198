import { describe, expect, it } from 'vitest'
import { compareEvaluations } from '../../src/evaluation/compareEvaluations.ts'
import { type Run, evaluateRun } from '../../src/evaluation/evaluateRun.ts'
import { type RunEntry, inTrecOrder, metricsOf } from '../../src/evaluation/metrics.ts'

const ranked = (...ids: string[]): RunEntry[] => ids.map((documentId, index) => ({ documentId, score: 100 - index }))

describe('metricsOf', () => {
  it('gives a perfect ranking 1 and an empty one 0', () => {
    const judgements = new Map([['a', 2], ['b', 1], ['c', 0], ['d', -1]])

    expect(metricsOf(ranked('a', 'b'), judgements)).toEqual({ 'nDCG@10': 1, 'Recall@100': 1, 'MRR@10': 1, MAP: 1 })
    expect(metricsOf([], judgements)).toEqual({ 'nDCG@10': 0, 'Recall@100': 0, 'MRR@10': 0, MAP: 0 })
  })

  it('is what pencil and paper give: graded judgements, one that is not judged, one below 0', () => {
    const found = metricsOf(ranked('x', 'b', 'd', 'a'), new Map([['a', 3], ['b', 1], ['c', 2], ['d', -2]]))

    // Gains 0, 1, 0, 3; the best would be 3, 2, 1.
    const ideal = 3 + 2 / Math.log2(3) + 1 / 2
    expect(found['nDCG@10']).toBeCloseTo((1 / Math.log2(3) + 3 / Math.log2(5)) / ideal, 12)
    expect(found['nDCG@10']).toBeCloseTo(0.4038, 4)
    expect(found['Recall@100']).toBeCloseTo(2 / 3, 12)
    expect(found['MRR@10']).toBe(0.5)
    expect(found.MAP).toBeCloseTo((1 / 2 + 2 / 4) / 3, 12)
  })

  it('looks at ten documents for nDCG and MRR, a hundred for recall, a thousand for MAP', () => {
    const others = Array.from({ length: 1500 }, (_, index) => `x${String(index).padStart(4, '0')}`)
    const at = (rank: number) => metricsOf(ranked(...others.slice(0, rank - 1), 'a', ...others.slice(rank - 1)), new Map([['a', 1]]))

    expect(at(10)).toEqual({ 'nDCG@10': 1 / Math.log2(11), 'Recall@100': 1, 'MRR@10': 0.1, MAP: 0.1 })
    expect(at(11)).toEqual({ 'nDCG@10': 0, 'Recall@100': 1, 'MRR@10': 0, MAP: 1 / 11 })
    expect([at(100)['Recall@100'], at(101)['Recall@100']]).toEqual([1, 0])
    expect([at(1000).MAP, at(1001).MAP]).toEqual([1 / 1000, 0])
  })

  it('orders by score, and equal scores by document, the greater first; 32 bits tell what is equal', () => {
    const score = 1.5
    expect(inTrecOrder([{ documentId: 'a', score }, { documentId: 'c', score: score + 1e-9 }, { documentId: 'b', score: 2 }, { documentId: 'd', score }])).toEqual(['b', 'd', 'c', 'a'])
    expect(metricsOf([{ documentId: 'a', score }, { documentId: 'b', score }], new Map([['a', 1]])).MAP).toBe(0.5)
    expect(inTrecOrder([{ documentId: 'é', score }, { documentId: 'z', score }, { documentId: '10', score }, { documentId: '9', score }])).toEqual(['é', 'z', '9', '10'])
  })
})

describe('evaluateRun', () => {
  it('counts every query with a relevant document, also one for which nothing was found, and no other', () => {
    const qrels = new Map([['1', new Map([['a', 1]])], ['2', new Map([['b', 2]])], ['3', new Map([['c', 0]])]])
    const { means, queries, missing, unjudged } = evaluateRun(new Map([['1', ranked('a')], ['3', ranked('c')], ['9', ranked('a')]]), qrels)

    expect([[...queries.keys()], missing, unjudged, means.MAP]).toEqual([['1', '2'], 1, 2, 0.5])
  })
})

describe('compareEvaluations', () => {
  const qrels = new Map(Array.from({ length: 12 }, (_, index) => [String(index), new Map([['a', 1]])] as const))
  const runOf = (rank: (query: number) => number): Run =>
    new Map(Array.from({ length: 12 }, (_, query) => [String(query), ranked(...Array.from({ length: rank(query) - 1 }, (__, index) => `x${index}`), 'a')] as const))
  const differenceOf = (a: Run, b: Run) => compareEvaluations(evaluateRun(a, qrels), evaluateRun(b, qrels)).find(({ metric }) => metric === 'MAP')

  it('finds no difference between a run and itself', () => {
    expect(differenceOf(runOf(() => 2), runOf(() => 2))).toEqual({ metric: 'MAP', difference: 0, p: 1, better: 0, worse: 0, equal: 12 })
  })

  it('is sure when every query agrees: 2 of 4096 assignments are as extreme', () => {
    const found = differenceOf(runOf(() => 2), runOf(() => 1))

    expect(found).toMatchObject({ difference: 0.5, better: 12, worse: 0 })
    expect(found?.p).toBeGreaterThan(0)
    expect(found?.p).toBeLessThan(0.002)
  })

  it('is not when half of the queries say the opposite', () => {
    const found = differenceOf(runOf((query) => (query % 2) + 1), runOf((query) => ((query + 1) % 2) + 1))
    expect([found?.difference, found?.p]).toEqual([0, 1])
  })

  it('has the p of all assignments, as far as ten thousand draws go', () => {
    // One query changes: half of the assignments give +, half −, all as extreme.
    expect(differenceOf(runOf(() => 1), runOf((query) => (query === 3 ? 2 : 1)))?.p).toBe(1)
    // Two the same way: two of four assignments are as extreme.
    expect(differenceOf(runOf(() => 1), runOf((query) => (query < 2 ? 2 : 1)))?.p).toBeCloseTo(0.5, 1)
  })
})
