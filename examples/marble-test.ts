// A marble test of a whole pipeline: ports are cold Observables, so a store and a model are marble strings.
//   node examples/marble-test.ts
import { deepStrictEqual } from 'node:assert'
import { map, of } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { type Chunk, type LanguageModel, buildPrompt, generateAnswer, memoryStore, retrieve } from 'riffle-rx'

new TestScheduler(deepStrictEqual).run(({ cold, expectObservable, expectSubscriptions }) => {
  const model = cold('---a-b-(f|)', {
    a: { type: 'text', text: 'Twelve ' },
    b: { type: 'text', text: 'operators.' },
    f: { type: 'finish', reason: 'stop' },
  } satisfies Record<string, Chunk>)
  const modelSubscriptions = ' ^------!'
  const stop = cold('          ------x')
  const expected = '           s--a-b(uf|)'

  const languageModel: LanguageModel = { id: 'marbles', stream: () => model }
  const types = of({ id: '1', question: 'How many operators?' }).pipe(
    retrieve(memoryStore()),
    buildPrompt(),
    generateAnswer(languageModel, { stop }),
    map((chunk) => chunk.type),
  )

  expectObservable(types.pipe(map((type) => (type === 'mark' ? 'sources' : type)))).toBe(expected, {
    s: 'sources', a: 'text', b: 'text', u: 'usage', f: 'finish',
  })
  expectSubscriptions(model.subscriptions).toBe(modelSubscriptions)
})
console.log('The model was unsubscribed when the answer was stopped, and usage and finish were emitted.')
