import { readFileSync } from 'node:fs'
import { type MonoTypeOperatorFunction, type Observable, type ObservableInput, type OperatorFunction, map, of } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as main from 'riffle-rx'
import type {
  AnswerOptions, Chunk, Completion, Document, EmbeddedPassage, Embedder, FileListing, Filter, Gate, IngestEvent, LanguageModel, Parser, Passage,
  PassageStore, PromptTemplate, Query, QuestionLine, RetrievedQuery, SearchRequest, Settled, SourceFile, StoreSummary, StoredDocument, Timings,
  Tokenizer, WatchEvent,
} from 'riffle-rx'
import * as node from 'riffle-rx/node'
import type { ChangedFiles, DoneLog, FileSummary, JsonlLog, JsonlSummary, StdoutSummary } from 'riffle-rx/node'
import * as offline from 'riffle-rx/offline'
import * as openai from 'riffle-rx/openai'
import type { OpenAIEmbedderOptions, OpenAIOptions } from 'riffle-rx/openai'
import * as postgres from 'riffle-rx/postgres'
import type { PostgresStore } from 'riffle-rx/postgres'
import * as server from 'riffle-rx/server'
import type { Budget, BudgetOptions, Handler, HandlerOptions, ServeOptions, Serving } from 'riffle-rx/server'
import * as simulator from 'riffle-rx/simulator'
import type { ScriptData, ScriptedAnswer, Simulator } from 'riffle-rx/simulator'
import * as sqlite from 'riffle-rx/sqlite'
import type { IndexCheck, SqliteStore } from 'riffle-rx/sqlite'
import * as tiktoken from 'riffle-rx/tiktoken'

// What is expected here is checked by `npm run types` against the sources, and by test/package.test.ts against the package.

declare const store: PassageStore
declare const model: LanguageModel
declare const embedder: Embedder
declare const tokenizer: Tokenizer
declare const chunks: Observable<Chunk>
declare const files: FileListing
declare const stored: StoredDocument

describe('sources', () => {
  it('start Observables of documents, values, or what a projection gives', () => {
    expectTypeOf(main.fromText).returns.toEqualTypeOf<Observable<Document>>()
    expectTypeOf(node.fromDirectory).returns.toEqualTypeOf<Observable<Document>>()
    expectTypeOf(node.fromFiles).parameter(0).toEqualTypeOf<string | readonly string[]>()
    expectTypeOf(node.fromFiles).returns.toEqualTypeOf<Observable<Document>>()
    expectTypeOf(node.fromStdin).returns.toEqualTypeOf<Observable<Document>>()
    expectTypeOf(node.fromNdjson<{ id: string }>).returns.toEqualTypeOf<Observable<{ id: string }>>()
    expectTypeOf(node.fromNdjson).returns.toEqualTypeOf<Observable<unknown>>()
    expectTypeOf(node.readNdjson<{ id: string }>).returns.toEqualTypeOf<AsyncIterable<{ id: string }>>()
    expectTypeOf(node.readQuestions).returns.toEqualTypeOf<AsyncIterable<QuestionLine>>()
    expectTypeOf(node.skipDone).parameter(0).toEqualTypeOf<DoneLog>()
    expectTypeOf(() => node.skipDone({} as DoneLog)([{ id: 'a', n: 1 }])).returns.toEqualTypeOf<AsyncIterable<{ id: string; n: number }>>()
    expectTypeOf(node.filesIn).returns.toExtend<FileListing>()
    expectTypeOf(node.watchFiles).returns.toEqualTypeOf<AsyncIterable<ChangedFiles>>()
    expectTypeOf<ChangedFiles>().toExtend<FileListing>()
    expectTypeOf(node.parseFile).toEqualTypeOf<Parser>()
    expectTypeOf(main.pullMap<SourceFile, Document>).parameter(0).toEqualTypeOf<AsyncIterable<SourceFile> | Iterable<SourceFile>>()
    expectTypeOf(main.pullMap<SourceFile, Document>).parameter(1).toEqualTypeOf<(file: SourceFile, index: number) => ObservableInput<Document>>()
    expectTypeOf(main.pullMap<SourceFile, Document>).returns.toEqualTypeOf<Observable<Document>>()
  })

  it('infer the type of a projection', () => {
    expectTypeOf(() => main.pullMap([1, 2], (number) => of(String(number)))).returns.toEqualTypeOf<Observable<string>>()
    expectTypeOf(() => node.readNdjson('rows', { check: (value: unknown) => Number(value) })).returns.toEqualTypeOf<AsyncIterable<number>>()
  })
})

describe('operators', () => {
  it('say what they take and what they give', () => {
    expectTypeOf(main.parse).returns.toEqualTypeOf<OperatorFunction<SourceFile, Document>>()
    expectTypeOf(main.split).returns.toEqualTypeOf<OperatorFunction<Document, Passage>>()
    expectTypeOf(main.embed).parameter(0).toEqualTypeOf<Embedder>()
    expectTypeOf(main.embed).returns.toEqualTypeOf<OperatorFunction<Passage, EmbeddedPassage>>()
    expectTypeOf(main.retrieve).parameter(0).toEqualTypeOf<PassageStore | readonly PassageStore[]>()
    expectTypeOf(main.retrieve).returns.toExtend<OperatorFunction<Query, Query>>()
    expectTypeOf(main.expandQuestion).parameter(0).toEqualTypeOf<LanguageModel | main.Formulate>()
    expectTypeOf(main.expandQuestion).returns.toEqualTypeOf<MonoTypeOperatorFunction<Query>>()
    expectTypeOf(main.rerank).parameter(0).toEqualTypeOf<main.Reranker>()
    expectTypeOf(main.rerank).returns.toEqualTypeOf<OperatorFunction<RetrievedQuery, RetrievedQuery>>()
    expectTypeOf(main.diversify).returns.toEqualTypeOf<MonoTypeOperatorFunction<RetrievedQuery>>()
    expectTypeOf(main.withNeighbours).returns.toEqualTypeOf<OperatorFunction<RetrievedQuery, RetrievedQuery>>()
    expectTypeOf(main.llmReranker).returns.toEqualTypeOf<main.Reranker>()
    expectTypeOf(offline.proximity).returns.toEqualTypeOf<main.Reranker>()
    expectTypeOf(main.buildPrompt).returns.toEqualTypeOf<MonoTypeOperatorFunction<Query>>()
    expectTypeOf(main.generateAnswer).parameter(0).toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.generateAnswer).returns.toEqualTypeOf<OperatorFunction<Query, Chunk>>()
    expectTypeOf(main.cite).toEqualTypeOf<() => MonoTypeOperatorFunction<Chunk>>()
    expectTypeOf(main.countTokens).parameter(0).toEqualTypeOf<Tokenizer>()
    expectTypeOf(main.countTokens).returns.toEqualTypeOf<OperatorFunction<string, number>>()
    expectTypeOf(main.measure).returns.toEqualTypeOf<OperatorFunction<Chunk, Timings>>()
    expectTypeOf(main.defaultTemplate).toEqualTypeOf<PromptTemplate>()
    expectTypeOf(main.summarize).returns.toEqualTypeOf<OperatorFunction<Timings, main.TimingsSummary>>()
    expectTypeOf(main.timeLimits).returns.toEqualTypeOf<MonoTypeOperatorFunction<Chunk>>()
    expectTypeOf(main.requireFinish).returns.toEqualTypeOf<MonoTypeOperatorFunction<Chunk>>()
    expectTypeOf(main.retryStream).returns.toEqualTypeOf<MonoTypeOperatorFunction<Chunk>>()
  })

  it('decorate a model into a model', () => {
    expectTypeOf(main.limited).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.fallback).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.continueAfterCut).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.limitedEmbedder).returns.toEqualTypeOf<Embedder>()
    expectTypeOf(main.retriedEmbedder).returns.toEqualTypeOf<Embedder>()
    expectTypeOf(main.createLimiter).returns.toEqualTypeOf<main.Limiter>()
    expectTypeOf(main.createRetryBudget).returns.toEqualTypeOf<main.RetryBudget>()
    expectTypeOf(main.TimeoutError).instance.toExtend<main.ProviderError>()
  })

  it('leave the stream by an adapter', () => {
    expectTypeOf(main.toAsyncIterable).returns.toEqualTypeOf<AsyncIterable<Chunk>>()
    expectTypeOf(main.toReadableStream).parameter(0).toEqualTypeOf<Observable<Chunk>>()
    expectTypeOf(node.toReadable).parameter(0).toEqualTypeOf<Observable<Chunk>>()
  })

  it('compose without a type written anywhere', () => {
    const compose = () =>
      of({ id: '1', question: 'How do I limit mergeMap?' }).pipe(
        main.retrieve(store, { topK: 5 }),
        map((query) => ({ ...query, passages: query.passages?.slice(0, 3) ?? [] })),
        main.buildPrompt({ tokenizer }),
        main.generateAnswer(model),
        main.toCompletion(),
      )
    expectTypeOf(compose).returns.toEqualTypeOf<Observable<Completion>>()
    const refine = () =>
      of({ id: '1', question: 'How do I limit mergeMap?' }).pipe(
        main.expandQuestion((question) => [question.toLowerCase()]),
        main.retrieve(store, { topK: 50 }),
        main.rerank(offline.proximity(), { topK: 20 }),
        main.diversify({ topK: 5 }),
        main.withNeighbours({ store }),
        main.buildPrompt(),
      )
    expectTypeOf(refine).returns.toEqualTypeOf<Observable<Query>>()
    const take = (file: SourceFile) => of(file).pipe(main.parse(), main.split({ tokenizer }), main.embed(embedder), main.toStore(store, stored))
    expectTypeOf(take).returns.toEqualTypeOf<Observable<StoreSummary>>()
  })

  it('refuse what does not fit', () => {
    const wrong = [
      // @ts-expect-error: passages are embedded, not documents
      () => main.fromText('a').pipe(main.embed(embedder)),
      // @ts-expect-error: an answer needs a query, not a question
      () => of('a question').pipe(main.generateAnswer(model)),
      // @ts-expect-error: the option is called topK
      () => main.retrieve(store, { k: 5 }),
      // @ts-expect-error: chunks have no property of all kinds
      () => chunks.pipe(map((chunk) => chunk.text)),
    ]
    expect(wrong).toHaveLength(4)
  })
})

describe('sinks', () => {
  it('turn chunks into one summary', () => {
    expectTypeOf(main.toCompletion).toBeCallableWith({ question: 'Why?' })
    expectTypeOf(() => chunks.pipe(main.toCompletion())).returns.toEqualTypeOf<Observable<Completion>>()
    expectTypeOf(node.toFile).parameter(0).toEqualTypeOf<string>()
    expectTypeOf(node.toFile).returns.toEqualTypeOf<OperatorFunction<Chunk, FileSummary>>()
    expectTypeOf(node.toStdout).returns.toEqualTypeOf<OperatorFunction<Chunk, StdoutSummary>>()
    expectTypeOf(node.toNdjson).returns.toEqualTypeOf<OperatorFunction<Chunk, { readonly lines: number }>>()
    expectTypeOf(node.openJsonl).returns.resolves.toEqualTypeOf<JsonlLog>()
    expectTypeOf(node.toJsonl<{ id: string }>).returns.toEqualTypeOf<OperatorFunction<{ id: string }, JsonlSummary>>()
    expectTypeOf(() => chunks.pipe(main.toCompletion({ id: 'a' }))).returns.toExtend<Observable<{ readonly id: string }>>()
    expectTypeOf(main.toStore).returns.toEqualTypeOf<OperatorFunction<Passage | EmbeddedPassage, StoreSummary>>()
  })

  it('keep their order and their types in fanOut', () => {
    expectTypeOf(main.fanOut).toBeFunction()
    const both = () => chunks.pipe(main.fanOut(node.toStdout(), node.toFile('answer.md'), main.measure()))
    expectTypeOf(both).returns.toEqualTypeOf<Observable<[Settled<StdoutSummary>, Settled<FileSummary>, Settled<Timings>]>>()
  })
})

describe('pipelines', () => {
  it('take files to a store, and a question to chunks', () => {
    expectTypeOf(main.ingest).parameter(0).toEqualTypeOf<FileListing | Iterable<SourceFile>>()
    expectTypeOf(main.watch).returns.toEqualTypeOf<Observable<WatchEvent>>()
    expectTypeOf(main.ingest).returns.toEqualTypeOf<Observable<IngestEvent>>()
    expectTypeOf(() => main.ingest(files, { store, embedder, tokenizer, passageTokens: 256 })).returns.toEqualTypeOf<Observable<IngestEvent>>()
    expectTypeOf(main.answer).parameters.toEqualTypeOf<[question: string, options: AnswerOptions]>()
    expectTypeOf(main.answer).returns.toEqualTypeOf<Observable<Chunk>>()
  })

  it('tell chunks apart by their type', () => {
    expectTypeOf<Extract<Chunk, { type: 'text' }>['text']>().toEqualTypeOf<string>()
    expectTypeOf<Chunk['type']>().toEqualTypeOf<
      'mark' | 'sources' | 'text' | 'reasoning' | 'tool-call' | 'citation' | 'turn' | 'draft' | 'progress' | 'object' | 'retry' | 'reset' | 'usage' | 'finish'
    >()
  })
})

describe('ports and their adapters', () => {
  it('have the port as their type', () => {
    expectTypeOf(main.memoryStore).returns.toEqualTypeOf<PassageStore>()
    expectTypeOf(sqlite.checkIndex).returns.toEqualTypeOf<IndexCheck>()
    expectTypeOf(main.memoryStore).parameter(0).toEqualTypeOf<main.MemoryStoreOptions | undefined>()
    expectTypeOf<main.MemoryStoreOptions['bm25']>().toEqualTypeOf<main.Bm25Options | undefined>()
    expectTypeOf<main.MemoryStoreOptions['vectors']>().toEqualTypeOf<main.VectorOptions | undefined>()
    expectTypeOf<main.VectorOptions>().toEqualTypeOf<sqlite.VectorOptions>()
    expectTypeOf<SearchRequest['filter']>().toEqualTypeOf<Filter | undefined>()
    expectTypeOf(() => main.retrieve(store, { filter: { field: 'year', from: 2020 }, weights: { bm25: 2 } })).returns.toExtend<OperatorFunction<Query, Query>>()
    expectTypeOf(sqlite.sqliteStore).returns.toEqualTypeOf<SqliteStore>()
    expectTypeOf<SqliteStore>().toExtend<PassageStore>()
    expectTypeOf(postgres.postgresStore).returns.toEqualTypeOf<Promise<PostgresStore>>()
    expectTypeOf<PostgresStore>().toExtend<PassageStore>()
    expectTypeOf(postgres.checkPostgresIndex).returns.toEqualTypeOf<Promise<IndexCheck>>()
    expectTypeOf(main.answerAsYouType).returns.toEqualTypeOf<OperatorFunction<main.TypedText, Chunk>>()
    expectTypeOf(main.structured).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.condense).returns.toEqualTypeOf<MonoTypeOperatorFunction<Query>>()
    expectTypeOf(main.withLastQuestion).returns.toEqualTypeOf<string>()
    expectTypeOf(main.createChatMemory).returns.toEqualTypeOf<main.ChatMemory>()
    expectTypeOf(main.conversation).returns.toEqualTypeOf<main.Conversation>()
    expectTypeOf(main.chat).returns.toEqualTypeOf<OperatorFunction<string, Chunk>>()
    expectTypeOf(main.compact).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.refine).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.treeSummarize).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.simple).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.accumulate).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(main.contextOnly).toEqualTypeOf<() => LanguageModel>()
    expectTypeOf(main.responseModes).toExtend<Readonly<Record<main.ResponseModeName, (model: LanguageModel) => LanguageModel>>>()
    expectTypeOf(main.defaultRefineTemplate).toEqualTypeOf<main.PromptTemplate>()
    expectTypeOf(main.defaultJoinTemplate).toEqualTypeOf<main.PromptTemplate>()
    expectTypeOf(main.estimatedTokens).returns.toEqualTypeOf<Tokenizer>()
    expectTypeOf(tiktoken.tiktoken).returns.toEqualTypeOf<Tokenizer>()
    expectTypeOf(tiktoken.encodingForModel).returns.toEqualTypeOf<tiktoken.Encoding | undefined>()
    expectTypeOf(main.batched).parameter(0).toEqualTypeOf<Embedder>()
    expectTypeOf(main.batched).returns.toEqualTypeOf<Embedder>()
    expectTypeOf(offline.extractive).returns.toEqualTypeOf<LanguageModel>()
    expectTypeOf(offline.hashed).returns.toEqualTypeOf<Embedder>()
    expectTypeOf(openai.openai).toEqualTypeOf<(options: OpenAIOptions) => LanguageModel>()
    expectTypeOf(openai.openaiEmbedder).toEqualTypeOf<(options: OpenAIEmbedderOptions) => Embedder>()
    expectTypeOf(main.createGate).returns.toEqualTypeOf<Gate>()
    expectTypeOf(server.handler).toEqualTypeOf<(options: HandlerOptions) => Handler>()
    expectTypeOf(server.createBudget).toEqualTypeOf<(options: BudgetOptions) => Budget>()
    expectTypeOf(server.serve).toEqualTypeOf<(handler: Handler, options?: ServeOptions) => Promise<Serving>>()
    expectTypeOf(simulator.startSimulator).returns.toEqualTypeOf<Promise<Simulator>>()
    expectTypeOf(simulator.readScript).returns.toEqualTypeOf<ScriptData>()
    expectTypeOf(simulator.readAnswers).returns.toEqualTypeOf<readonly ScriptedAnswer[]>()
  })

  it('return Observables, of data that cannot be changed', () => {
    expectTypeOf<ReturnType<LanguageModel['stream']>>().toEqualTypeOf<Observable<Chunk>>()
    expectTypeOf<ReturnType<Embedder['embed']>>().toEqualTypeOf<Observable<readonly Float32Array[]>>()
    expectTypeOf<Document>().toEqualTypeOf<Readonly<Document>>()
    expectTypeOf<Passage>().toEqualTypeOf<Readonly<Passage>>()
    expectTypeOf<Query>().toEqualTypeOf<Readonly<Query>>()
  })
})

describe('errors', () => {
  it('are one family, with a code', () => {
    expectTypeOf(main.toErrorInfo).returns.toEqualTypeOf<{ readonly code: string; readonly message: string; readonly status?: number }>()
    expectTypeOf(main.InvalidOptionError).instance.toExtend<main.RagError>()
    expectTypeOf(main.ContractError).instance.toExtend<main.RagError>()
    expectTypeOf(main.InputError).instance.toExtend<main.RagError>()
    expectTypeOf(main.InvalidOutputError).instance.toExtend<main.RagError>()
    expectTypeOf(main.SkippedError).instance.toExtend<main.RagError>()
    expectTypeOf(main.ProviderError).instance.toExtend<main.RagError>()
    expectTypeOf(main.TruncatedError).instance.toExtend<main.RagError>()
    expectTypeOf(main.OverflowError).instance.toExtend<main.RagError>()
    expectTypeOf(main.SinkError).instance.toExtend<main.RagError>()
    expectTypeOf(main.RagError).instance.toExtend<Error & { readonly code: string; readonly retryable: boolean }>()
  })
})

it('names every export of every entry in here', () => {
  const source = readFileSync(import.meta.filename, 'utf8')
  const entries = { main, node, offline, openai, postgres, server, simulator, sqlite, tiktoken }
  const names = Object.entries(entries).flatMap(([entry, exported]) => Object.keys(exported).map((name) => `${entry}.${name}`))
  expect(names.filter((name) => !new RegExp(`expectTypeOf\\(${name}\\b`).test(source))).toEqual([])
})
