import { hash } from 'node:crypto'
import { type Observable, from, lastValueFrom, mergeMap, of, pipe } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { mark } from '../../internal/mark.ts'
import { defaultTemplate } from '../../operators/buildPrompt.ts'
import { defaultRefineTemplate } from '../../modes/refine.ts'
import { defaultJoinTemplate } from '../../modes/treeSummarize.ts'
import { generateAnswer } from '../../operators/generateAnswer.ts'
import { answer } from '../../pipelines/answer.ts'
import type { Chunk } from '../../types/chunk.ts'
import type { Message, Sampling } from '../../types/completion.ts'
import type { LanguageModel } from '../../types/ports.ts'
import type { Query } from '../../types/query.ts'
import type { BatchQuestion, PlainRequest } from '../../types/question.ts'
import { fingerprintOf } from '../fingerprintOf.ts'
import { inMode } from '../mode.ts'
import { defaultMode } from '../modeOptions.ts'
import { openStore } from '../openStore.ts'
import { checkReranker } from '../rankOptions.ts'
import { ranking } from '../ranking.ts'
import { count } from '../progress.ts'
import type { BatchModels } from './models.ts'
import type { BatchOptions } from './options.ts'
import type { Configuration } from './runFile.ts'

/** Asks one question of a batch, through the whole pipeline or the model alone. */
export interface Asker {
  /** `onMessages`: told what the model reads. */
  ask(question: BatchQuestion, onMessages: (messages: readonly Message[]) => void): Observable<Chunk>
  readonly configuration: Configuration
  close(): void
}

export async function createAsker(options: BatchOptions, models: BatchModels, defaultModel: LanguageModel | undefined): Promise<Asker> {
  const { temperature, maxOutputTokens, system, stream: streaming, mode = defaultMode } = options
  const sampling = defined({ temperature, maxOutputTokens })
  const { attempt, limit } = models
  const common = defined({
    '--format': options.format, '--model': defaultModel?.id, '--system': system, '--temperature': temperature, '--max-output-tokens': maxOutputTokens,
    '--fallback-model': options.fallbackModel?.join(' '),
  })
  const withModel = (question: BatchQuestion, ask: (model: LanguageModel) => Observable<Chunk>) => {
    const model = models.of(question.request)
    return model instanceof Promise ? from(model).pipe(mergeMap(ask)) : ask(model)
  }

  if (options.data === undefined && options.index === undefined) {
    const plain = { ...sampling, streaming, attempt: pipe(attempt, limit) }
    return {
      configuration: common,
      close: () => undefined,
      ask: (question, onMessages) => {
        const query = plainQuery(question, system)
        onMessages(query.messages ?? [])
        return withModel(question, (model) => of(query).pipe(generateAnswer(model, withSampling(plain, question.request))))
      },
    }
  }
  const { retrieval, ...rest } = options
  if (retrieval === false) throw new InputError('Expected either --no-retrieval, or documents with --data or --index.')
  checkReranker(options, defaultModel)
  const { store, embedder, retrieval: how, filter } = await openStore({ ...rest, ...defined({ retrieval }) })
  const ranked = ranking(options, { topK: options.topK, store, attempt, ...defined({ model: defaultModel }) })
  return {
    configuration: {
      ...common,
      ...defined({ '--retrieval': how, '--embedding-model': embedder?.id, '--filter': options.filter?.join(' and '), '--k1': options.k1, '--b': options.b }),
      '--top-k': options.topK,
      '--mode': mode,
      ...defined({ '--rerank': options.rerank, '--candidates': options.candidates, '--neighbours': options.neighbours, '--diversify': options.diversify || undefined }),
      'the prompt': hash('sha256', JSON.stringify([defaultTemplate, defaultRefineTemplate, defaultJoinTemplate])).slice(0, 12),
      'the documents': `${count((await lastValueFrom(store.stats())).documents, 'document')}, ${await fingerprintOf(store)}`,
    },
    close: () => store.close(),
    ask: (question, onMessages) =>
      withModel(question, (model) =>
        answer(question.question, {
          id: question.id, store, streaming, ...sampling, ...ranked, ...defined({ embedder, retrieval: how, filter }),
          model: inMode(told(model, onMessages), mode, { attempt, system, maxOutputTokens, whole: true }), attempt: limit,
        }),
      ),
  }
}

function told(model: LanguageModel, onMessages: (messages: readonly Message[]) => void): LanguageModel {
  return {
    ...model,
    stream(request) {
      onMessages(request.messages)
      return model.stream(request)
    },
  }
}

/** What a row says of its own counts for more than the options. */
function withSampling<T extends Sampling>(options: T, request: PlainRequest | undefined): T {
  if (request === undefined) return options
  return { ...options, ...defined({ temperature: request.temperature, maxOutputTokens: request.maxOutputTokens }) }
}

function plainQuery({ id, question, request }: BatchQuestion, system: string | undefined): Query {
  const messages: readonly Message[] = request?.messages ?? [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: question },
  ]
  return { id, question, messages, marks: [mark('accepted')] }
}
