/** Streaming question answering over your own documents, as RxJS operators. This entry imports `rxjs` and nothing else. */

// Sources
export { type FromTextOptions, fromText } from './sources/fromText.ts'
export { type PullMapOptions, pullMap } from './sources/pullMap.ts'

// Operators
export { type BuildPromptOptions, type PromptTemplate, buildPrompt, defaultTemplate } from './operators/buildPrompt.ts'
export { cite } from './operators/cite.ts'
export { type Condense, type CondenseOptions, condense, withLastQuestion } from './operators/condense.ts'
export { countTokens } from './operators/countTokens.ts'
export { type DiversifyOptions, diversify } from './operators/diversify.ts'
export { type EmbedOptions, embed } from './operators/embed.ts'
export { type ExpandQuestionOptions, type Formulate, expandQuestion } from './operators/expandQuestion.ts'
export { type GenerateAnswerOptions, generateAnswer } from './operators/generateAnswer.ts'
export { type Timings, measure } from './operators/measure.ts'
export { type ParseOptions, parse } from './operators/parse.ts'
export { requireFinish } from './operators/requireFinish.ts'
export { type RerankOptions, rerank } from './operators/rerank.ts'
export { type RetrieveOptions, retrieve } from './operators/retrieve.ts'
export { type RetryStreamOptions, retryStream } from './operators/retryStream.ts'
export { type SplitOptions, split } from './operators/split.ts'
export { type TimingsRow, type TimingsSummary, summarize } from './operators/summarize.ts'
export { type TimeLimitsOptions, timeLimits } from './operators/timeLimits.ts'
export { type WithNeighboursOptions, withNeighbours } from './operators/withNeighbours.ts'

// Sinks
export { type Settled, fanOut } from './sinks/fanOut.ts'
export { toAsyncIterable } from './sinks/toAsyncIterable.ts'
export { type ToCompletionOptions, toCompletion } from './sinks/toCompletion.ts'
export { type ToReadableStreamOptions, toReadableStream } from './sinks/toReadableStream.ts'
export { type StoreSummary, toStore } from './sinks/toStore.ts'

// Pipelines
export { type AnswerOptions, answer } from './pipelines/answer.ts'
export { type AnswerAsYouTypeOptions, type TypedText, answerAsYouType } from './pipelines/answerAsYouType.ts'
export { type ChatMemory, type ChatMemoryOptions, type ChatState, type Turn, createChatMemory } from './pipelines/chatMemory.ts'
export { type ChatOptions, type Conversation, type ConversationOptions, chat, conversation } from './pipelines/conversation.ts'
export { type IngestOptions, ingest } from './pipelines/ingest.ts'
export type { IngestCounts, IngestEvent } from './pipelines/ingestCounts.ts'
export { type WatchEvent, watch } from './pipelines/watch.ts'

// Response modes
export { type AccumulateOptions, accumulate } from './modes/accumulate.ts'
export { compact } from './modes/compact.ts'
export { contextOnly } from './modes/contextOnly.ts'
export type { ResponseModeOptions } from './modes/options.ts'
export { type RefineOptions, defaultRefineTemplate, refine } from './modes/refine.ts'
export { type ResponseModeName, responseModes } from './modes/responseModes.ts'
export { simple } from './modes/simple.ts'
export { type StructuredOptions, structured } from './modes/structured.ts'
export { type TreeSummarizeOptions, defaultJoinTemplate, treeSummarize } from './modes/treeSummarize.ts'

// Policies
export { type ContinueAfterCutOptions, continueAfterCut } from './policies/continueAfterCut.ts'
export { type FallbackOptions, fallback } from './policies/fallback.ts'
export { createGate } from './policies/gate.ts'
export { type RetryBudget, type RetryBudgetOptions, createRetryBudget } from './policies/retryBudget.ts'
export { type LimitedOptions, limited } from './policies/limited.ts'
export { type LimitedEmbedderOptions, limitedEmbedder } from './policies/limitedEmbedder.ts'
export { type RetriedEmbedderOptions, retriedEmbedder } from './policies/retriedEmbedder.ts'
export { type Limiter, type LimiterOptions, type Place, createLimiter } from './policies/limiter.ts'
export type { Allowance, RateLimitedRequest, RateLimits } from './policies/rateLimits.ts'
export type { SinkOptions } from './internal/sinkInto.ts'
export { type LlmRerankerOptions, llmReranker } from './models/llmReranker.ts'
export { type BatchedOptions, batched } from './models/batched.ts'

// Stores, tokenizers
export { type MemoryStoreOptions, memoryStore } from './stores/memoryStore.ts'
export { estimatedTokens } from './models/estimatedTokens.ts'
export type { VectorOptions } from './internal/vectors/vectorMatrix.ts'
export type { Bm25Options } from './internal/weighTerms.ts'

// Errors
export {
  ContractError, InputError, InvalidOptionError, InvalidOutputError, OverflowError, ProviderError, type ProviderErrorDetail, RagError, SinkError,
  type SkipReason, SkippedError, type StreamPlace, TimeoutError, type TimeoutPhase, TruncatedError, toErrorInfo,
} from './errors.ts'

// Nouns and ports
export type * from './types/chunk.ts'
export type * from './types/completion.ts'
export type * from './types/document.ts'
export type * from './types/filter.ts'
export type * from './types/gate.ts'
export type * from './types/ports.ts'
export type * from './types/query.ts'
export type * from './types/question.ts'
export type * from './types/source.ts'
