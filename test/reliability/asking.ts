import { createServer } from 'node:net'
import { type MonoTypeOperatorFunction, Observable, defer, of } from 'rxjs'
import { openai } from '../../src/models/openaiModel.ts'
import { type GenerateAnswerOptions, generateAnswer } from '../../src/operators/generateAnswer.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest } from '../../src/types/completion.ts'
import type { Gate } from '../../src/types/gate.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import { pooledAgent } from '../../src/wire/pooledAgent.ts'
import { type FaultRow, isSilent } from './faults.ts'
import type { Asked } from './policies.ts'

/** One call of a model, as its caller saw it. Neither finished nor failed: it was dropped. */
export interface Call {
  readonly request: CompletionRequest
  text: string
  reasoning: string
  /** What came, in order: pieces of one kind taken together. */
  kinds: string[]
  finished: boolean
  error?: unknown
}

/** A model whose calls go to the addresses of the faults, by a script of its own, and are noted. */
export interface ScriptedModel extends LanguageModel {
  readonly calls: readonly Call[]
}

/** What is done with the n-th call, from 0. */
export type CallScript = (call: number) => CallAnswer

export type CallAnswer = Extract<FaultRow['answer'], string> | ScriptedAnswer

export interface FaultServers {
  readonly simulator: Simulator
  modelFor(name: string, script: CallScript): ScriptedModel
  close(): Promise<void>
}

/** Nobody listens here on any usual machine. */
const nobody = 'http://127.0.0.1:1/v1'

/** One simulator, one address that resets connections, and one pool for all the models of a test. */
export async function startFaultServers(): Promise<FaultServers> {
  const scripts = new Map<string, ScriptedAnswer>()
  const simulator = await startSimulator({
    script: ({ headers }) => scripts.get(headers['x-script'] ?? '') ?? {},
    maxRequests: 10_000,
  })
  const resetting = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.resetAndDestroy())
  })
  await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve))
  const address = resetting.address()
  const urls = { nobody, resets: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1` }
  const dispatcher = await pooledAgent()

  return {
    simulator,
    modelFor(name, script) {
      const calls: Call[] = []
      const stream = (request: CompletionRequest) => {
        const number = calls.length
        const call: Call = { request, text: '', reasoning: '', kinds: [], finished: false }
        calls.push(call)
        const scripted = script(number)
        const headers = { 'x-script': encodeURIComponent(`${name}/${number}`) }
        if (typeof scripted !== 'string') scripts.set(headers['x-script'], scripted)
        const baseUrl = typeof scripted === 'string' ? urls[scripted] : simulator.url
        return noted(openai({ model: 'm', dispatcher, baseUrl, headers }).stream(request), call)
      }
      return { id: name, calls, stream }
    },
    async close() {
      resetting.close()
      await simulator.close()
    },
  }
}

function noted(chunks: Observable<Chunk>, call: Call): Observable<Chunk> {
  return new Observable((subscriber) =>
    chunks.subscribe({
      next(chunk) {
        if (chunk.type === 'text') call.text += chunk.text
        if (chunk.type === 'reasoning') call.reasoning += chunk.text
        if ((chunk.type === 'text' || chunk.type === 'reasoning') && call.kinds.at(-1) !== chunk.type) call.kinds.push(chunk.type)
        subscriber.next(chunk)
      },
      error(error: unknown) {
        call.error = error
        subscriber.error(error)
      },
      complete() {
        call.finished = true
        subscriber.complete()
      },
    }),
  )
}

/** The answer to a question, with the policies of `asked` around the model. */
export function ask({ model, attempt }: Asked, options: GenerateAnswerOptions = {}): Observable<Chunk> {
  const query = { id: '1', question: 'Why?', messages: [{ role: 'user', content: 'Why does the heron wait?' }] } as const
  return of(query).pipe(generateAnswer(model, { ...options, ...(attempt && { attempt }) }))
}

/** The kinds of the chunks in order, without marks and usage; pieces of one kind that follow each other are one. */
export function shapeOf(chunks: readonly Chunk[], end: 'error' | 'complete' | 'open'): string {
  const kinds: string[] = []
  for (const chunk of chunks) {
    if (chunk.type === 'mark' || chunk.type === 'usage') continue
    const kind = chunk.type === 'finish' && chunk.reason !== 'stop' ? chunk.reason : chunk.type
    if (kind !== kinds.at(-1) || (kind !== 'text' && kind !== 'reasoning')) kinds.push(kind)
  }
  return [...kinds, ...(end === 'error' ? ['error'] : end === 'open' ? ['…'] : [])].join(' ')
}

/** The text of an answer, by the rule that every sink obeys. */
export function textOf(chunks: readonly Chunk[]): string {
  const start = chunks.findLastIndex(({ type }) => type === 'reset') + 1
  return chunks.slice(start).map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
}

/** However busy the machine is, nobody is cut off by this one. */
const patientMs = 60_000

/** Time limits that only silent servers meet: short for the calls that go wrong, for the text that does not come. */
export function limitsFor(row: FaultRow, model: ScriptedModel, faulty: number, shortMs: number, gate?: Gate): MonoTypeOperatorFunction<Chunk> {
  const limits = (firstTextMs: number, nextTextMs: number) => timeLimits({ firstTextMs, nextTextMs, ...(gate && { gate }) })
  return (chunks) =>
    defer(() => {
      const isShort = model.calls.length < faulty
      const first = isShort && row.outcome === 'silent before text' ? shortMs : patientMs
      // Before the visible text there may be reasoning, after which it is the next text that does not come.
      const next = isShort && isSilent(row) ? shortMs : patientMs
      return chunks.pipe(limits(first, next))
    })
}
