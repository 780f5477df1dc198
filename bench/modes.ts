// How well the calls of accumulate and tree-summarize overlap: 40 passages, 8 calls at once, against a scripted server with delays.
//   node bench/modes.ts [rounds]      default 3
// Ideal: the delays alone. A call: 200 ms to the first of
// 41 tokens, 10 ms between two, so 600 ms. "overlap": the server's record, most calls that it had open at once.
import { lastValueFrom, of } from 'rxjs'
import { type LanguageModel, accumulate, generateAnswer, toCompletion, treeSummarize } from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { startSimulator } from 'riffle-rx/simulator'
import { machine, median } from './machine.ts'

const rounds = Number(process.argv[2] ?? 3)
const callMs = 600
const passages = Array.from({ length: 40 }, (_, index) => {
  const text = `Fact ${index} is told here. `.repeat(40).trim()
  return { id: `d${index}#0`, documentId: `d${index}`, text, start: 0, end: text.length, tokens: 300, headings: [], line: 1, score: 40 - index }
})
const query = { id: '1', question: 'Which facts are told?', passages }

/** How often the delays of a call come one after another when nothing is lost between. */
const cases: readonly { readonly name: string; readonly calls: number; readonly inARow: number; readonly decorate: (model: LanguageModel) => LanguageModel }[] = [
  { name: 'accumulate', calls: 40, inARow: 5, decorate: (model) => accumulate(model, { concurrency: 8 }) },
  // A prompt holds five passages: eight calls, and one that joins them.
  { name: 'tree-summarize', calls: 9, inARow: 2, decorate: (model) => treeSummarize(model, { concurrency: 8, maxInputTokens: 2600, answerTokens: 400 }) },
]

console.log(machine())
const rows: object[] = []
for (const { name, calls, inARow, decorate } of cases) {
  const times: number[] = []
  let overlap = 0
  for (let round = 0; round < rounds; round++) {
    const server = await startSimulator({ script: { tokens: 41, headersDelayMs: 0, firstDelayMs: 200, delayMs: 10 } })
    const model = decorate(openai({ model: 'scripted', baseUrl: server.url }))
    const before = performance.now()
    const { usage } = await lastValueFrom(of(query).pipe(generateAnswer(model), toCompletion()))
    times.push(performance.now() - before)
    if (usage?.calls.length !== calls) throw new Error(`Expected ${calls} calls of ${name}, got ${usage?.calls.length}`)
    const spans = server.record.requests.map(({ at, end }) => [at, end?.at ?? Infinity] as const)
    overlap = Math.max(overlap, ...spans.map(([at]) => spans.filter(([from, to]) => from <= at && at < to).length))
    await server.close()
  }
  const ideal = inARow * callMs
  rows.push({ mode: name, calls, overlap, 'ideal, ms': ideal, 'median, ms': median(times).toFixed(0), times: (median(times) / ideal).toFixed(2), 'at most': 1.2 })
}
console.table(rows)
