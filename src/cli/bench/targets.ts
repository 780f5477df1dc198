import { type Observable, defer, map, of } from 'rxjs'
import type { AskTarget, BenchQuestion } from '../../benchmark/runLoads.ts'
import type { TargetInfo, Workload } from '../../benchmark/run.ts'
import { InputError, RagError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { mark } from '../../internal/mark.ts'
import { generateAnswer } from '../../operators/generateAnswer.ts'
import { answer } from '../../pipelines/answer.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { LanguageModel } from '../../types/ports.ts'
import type { Query } from '../../types/query.ts'
import { attemptPolicy } from '../attemptPolicy.ts'
import { chooseModel } from '../chooseModel.ts'
import { environment } from '../environment.ts'
import { fingerprintOf } from '../fingerprintOf.ts'
import { inMode } from '../mode.ts'
import { defaultMode } from '../modeOptions.ts'
import { type OpenStore, openStore } from '../openStore.ts'
import type { BenchOptions } from './options.ts'

export interface BenchTarget {
  readonly info: TargetInfo
  readonly ask: AskTarget
}

export interface BenchTargets {
  readonly targets: readonly BenchTarget[]
  /** What their answers depend on beside the model. */
  readonly settings: Workload['settings']
  close(): void
}

/** Every model at every server, and each with and without streaming when that is to be compared. */
export async function openTargets(options: BenchOptions, baseUrls: readonly string[]): Promise<BenchTargets> {
  const { compareStreaming, stream, model } = options
  const isPipeline = options.data !== undefined || options.index !== undefined
  const servers: readonly (string | undefined)[] = baseUrls.length > 0 ? baseUrls : [undefined]
  const names = listOf(model)
  const streamings = compareStreaming ? [true, false] : [stream]
  const { baseUrl: _, ...documents } = options
  const found = isPipeline ? await openStore({ ...documents, ...defined({ baseUrl: baseUrls[0] }) }) : undefined
  const targets: BenchTarget[] = []
  for (const baseUrl of servers) {
    for (const name of names.length > 0 ? names : [undefined]) {
      const chosen = await chooseModel({ model: name, baseUrl }, true)
      if (chosen.id === 'extractive' && !isPipeline) {
        throw new InputError('What is to be measured? --base-url and --model name a server, --data or --index a pipeline, and --simulate starts a scripted server.')
      }
      for (const streaming of streamings) {
        targets.push({ info: infoOf(chosen, baseUrl, streaming, isPipeline, { servers, names, streamings }), ask: askerOf(chosen, streaming, options, found) })
      }
    }
  }
  return { targets: numbered(targets), settings: await settingsOf(options, found), close: () => found?.store.close() }
}

async function settingsOf({ system, maxRetries, timeout, topK, mode = defaultMode, ...options }: BenchOptions, found: OpenStore | undefined): Promise<Workload['settings']> {
  return defined({
    '--system': system,
    '--max-retries': maxRetries,
    '--timeout': timeout,
    ...(found !== undefined && { '--top-k': topK, '--mode': mode, '--retrieval': found.retrieval, '--embedding-model': found.embedder?.id, '--filter': options.filter?.join(' and '), '--k1': options.k1, '--b': options.b, 'the documents': await fingerprintOf(found.store) }),
  })
}

/** Two of the same name are told apart by their place. */
function numbered(targets: readonly BenchTarget[]): BenchTarget[] {
  return targets.map((target, place) => {
    const before = targets.slice(0, place).filter(({ info }) => info.name === target.info.name).length
    return before === 0 ? target : { ...target, info: { ...target.info, name: `${target.info.name} (${before + 1})` } }
  })
}

export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

interface Sides {
  readonly servers: readonly unknown[]
  readonly names: readonly unknown[]
  readonly streamings: readonly unknown[]
}

/** The name says what tells a target from the others. */
function infoOf(model: LanguageModel, baseUrl: string | undefined, streaming: boolean, isPipeline: boolean, { servers, names, streamings }: Sides): TargetInfo {
  const address = shownAddress(baseUrl ?? environment.baseUrl())
  const parts = [
    (names.length > 1 || servers.length <= 1) && model.id,
    servers.length > 1 && (address ?? 'OpenAI'),
    streamings.length > 1 && (streaming ? 'streaming' : 'not streaming'),
  ]
  return {
    name: parts.filter((part) => part !== false).join(', '),
    kind: isPipeline ? 'pipeline' : 'endpoint',
    model: model.id,
    ...(address !== undefined && { baseUrl: address }),
    streaming,
  }
}

/** Without user, password and parameters, which may be keys. */
function shownAddress(baseUrl: string | undefined): string | undefined {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return undefined
  const { origin, pathname } = new URL(baseUrl)
  return origin + pathname
}

function askerOf(model: LanguageModel, streaming: boolean, options: BenchOptions, found: OpenStore | undefined): AskTarget {
  const { maxRetries, timeout, temperature, maxOutputTokens, system, topK, mode = defaultMode } = options
  const attempt = attemptPolicy({ maxRetries, ...defined({ timeoutMs: timeout === undefined ? undefined : timeout * 1000 }) })
  const generation = { streaming, ...defined({ temperature, maxOutputTokens }) }
  const checked = streaming && model.id !== 'extractive' ? mustStream(model) : model
  if (found !== undefined) {
    const { store, embedder, retrieval, filter } = found
    const moded = inMode(checked, mode, { attempt, system, maxOutputTokens })
    return ({ id, question }) => answer(question, { id, store, model: moded, ...generation, topK, ...defined({ embedder, retrieval, filter }) })
  }
  const queryOf = ({ id, question }: BenchQuestion): Query => ({
    id,
    question,
    messages: [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content: question }],
    marks: [mark('accepted')],
  })
  return (question) => of(queryOf(question)).pipe(generateAnswer(checked, { ...generation, attempt }))
}

/** A server that sends its answer at once has no time to first token: what would be measured is something else. */
function mustStream(model: LanguageModel): LanguageModel {
  const check = () => {
    let isWhole = false
    return (chunk: Chunk): Chunk => {
      if (chunk.type !== 'mark') {
        // Only now: the response may not be an answer at all, which is another error.
        if (isWhole) throw new RagError('not-streaming', `${model.id} was asked to stream and sent one whole answer instead. Use --no-stream to measure it as it is.`)
      } else if (chunk.streaming === false) isWhole = true
      return chunk
    }
  }
  return { ...model, stream: (request): Observable<Chunk> => defer(() => model.stream(request).pipe(map(check()))) }
}
