// A marble test of a whole pipeline: ports are cold Observables, so a store and a model are marble strings.
//   node examples/marble-test.ts
// Prints:
//   Stopped after two of three chunks: the model was unsubscribed, and usage and finish came all the same.
import { deepStrictEqual } from 'node:assert'
import { filter, map, of } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { type Chunk, type LanguageModel, buildPrompt, generateAnswer, memoryStore, retrieve } from 'riffle-rx'

new TestScheduler(deepStrictEqual).run(({ cold, expectObservable, expectSubscriptions }) => {
  const chunks: Record<string, Chunk> = {
    a: { type: 'text', text: 'Twelve ' },
    b: { type: 'text', text: 'operators.' },
    f: { type: 'finish', reason: 'stop' },
  }
  const tokens = cold('  ---a-b-(f|)', chunks)
  const stop = cold('    ------x    ')
  const subscribed = '   ^-----!    '
  const expected = '     s--a-b(uf|)'

  const model: LanguageModel = { id: 'marbles', stream: () => tokens }
  const types = of({ id: '1', question: 'How many operators?' }).pipe(
    retrieve(memoryStore()),
    buildPrompt(),
    generateAnswer(model, { stop }),
    map(({ type }) => type),
    filter((type) => type !== 'mark'),
  )

  expectObservable(types).toBe(expected, { s: 'sources', a: 'text', b: 'text', u: 'usage', f: 'finish' })
  expectSubscriptions(tokens.subscriptions).toBe(subscribed)
})
console.log('Stopped after two of three chunks: the model was unsubscribed, and usage and finish came all the same.')
