import type { Observable } from 'rxjs'
import type { Chunk, ModelCall } from './chunk.ts'
import type { CompletionRequest } from './completion.ts'
import type { Document, EmbeddedPassage, Embedding, Passage, ScoredPassage } from './document.ts'
import type { Filter } from './filter.ts'
import type { SourceFile } from './source.ts'

/**
 * The text generator.
 *
 * `stream` is cold: subscribing makes one request, unsubscribing drops it, down to the socket.
 * It emits `mark`, `text`, `reasoning` and `tool-call` chunks, then `finish`, and reports what the call used to
 * `request.onUsage` exactly once, also when it fails or is dropped. Completing without `finish` is a cut answer.
 */
export interface LanguageModel {
  readonly id: string
  /** Tokens that prompt and answer together may have. */
  readonly contextTokens?: number
  /** Makes its own prompts from `request.query`, with all its passages: `buildPrompt` is not needed, and nothing is cut to fit. */
  readonly makesPrompts?: true
  stream(request: CompletionRequest): Observable<Chunk>
}

/** `embed` emits once, an embedding for each text in order, and completes. Cold, as all ports. */
export interface Embedder {
  /** Names the model: indexes made by another are refused. */
  readonly id: string
  /** Known from the start, or after the first request. */
  readonly dimensions?: number
  /** Texts per request. */
  readonly maxBatchSize?: number
  /** Tokens per request, over all its texts. */
  readonly maxBatchTokens?: number
  embed(texts: readonly string[]): Observable<readonly Embedding[]>
}

/**
 * Ranks passages anew for a question. `rerank` emits once: every passage that it was given, each once, with its new score,
 * in any order; higher is better. Who asks a model tells `onUsage` what each call used, also when it fails or is dropped.
 */
export interface Reranker {
  rerank(question: string, passages: readonly ScoredPassage[], onUsage?: (call: ModelCall) => void): Observable<readonly ScoredPassage[]>
}

/** Counts tokens. Counting may load tables on its first call (half a second): keep it off the path to the first text. */
export interface Tokenizer {
  readonly id: string
  /** False when counts are estimates. */
  readonly exact: boolean
  count(text: string): number
  /**
   * Cuts a text into the units that are counted independently: `count(text)` is the sum of the units' counts.
   * Absent: counts of parts do not add up to the count of the whole.
   */
  counter?(): RunningCount
  /** Counts stretches of one text, each equal to `count(text.slice(start, end))`, without reading the text again for each. Absent: they are counted one by one. */
  stretchCounter?(text: string): (start: number, end: number) => number
}

/** The count of a growing text. */
export interface RunningCount {
  /** Adds text; returns the count of all text so far, equal to `count` of it. */
  add(text: string): number
}

/** Ways to search. In `bm25`, words in double quotes are a phrase: see docs/retrieval.md. `hybrid` fuses `bm25` and `vector` by reciprocal rank. */
export type Retrieval = 'bm25' | 'vector' | 'hybrid'

export interface SearchRequest {
  readonly text: string
  /** Needed for `vector` and `hybrid`. */
  readonly embedding?: Embedding
  readonly topK: number
  /** Default: `hybrid` when an embedding is given, else `bm25`. */
  readonly retrieval?: Retrieval
  /** Only passages of documents that match are candidates: with fewer than `topK` of them, all that match the question come. */
  readonly filter?: Filter
  /** Of `hybrid`: how much each ranking counts. Default 1 and 1. */
  readonly weights?: RankWeights
}

/** Places of passages in their document: the numbers at the end of their ids. */
export interface PlaceRange {
  readonly from: number
  readonly to: number
}

/** How much each ranking counts in `hybrid`; 0: not at all. */
export interface RankWeights {
  readonly bm25?: number
  readonly vector?: number
}

/** Whose stop words and stems the words of passages and questions are reduced by; `none`: words as they are. */
export type Language = 'english' | 'german' | 'french' | 'spanish' | 'none'

/** What a store keeps of a document beside its passages. */
export interface StoredDocument {
  readonly document: Omit<Document, 'text' | 'headings' | 'pages'>
  /** Hash of text, metadata and of how it was split and embedded: equal means nothing to do. */
  readonly fingerprint: string
  /** `Embedder.id` of the passages' embeddings. Absent: `embeddings` does not find them. */
  readonly embedder?: string
  /** The file it came from, as `SourceFile.id`; the document goes when the file goes. */
  readonly fileId?: string
}

/** What a store knows of a file that it has taken in wholly. */
export interface StoredFile {
  readonly id: string
  /** The folder or file that was asked for: only files of the same root are removed when they have gone. */
  readonly root: string
  /** Size and modification time: equal means the file is not read again. */
  readonly stamp: string
  /** Why the file was not taken in. */
  readonly skipped?: string
}

export interface StoreStats {
  readonly files: number
  readonly documents: number
  readonly passages: number
}

/**
 * Keeps passages, finds the best for a question.
 *
 * Every write is one transaction: it is there wholly or not at all. Reads see what was committed.
 */
export interface PassageStore {
  /** The best `topK`, best first, ties by passage id. Emits once. */
  search(request: SearchRequest): Observable<readonly ScoredPassage[]>
  /** A selection spread over all documents, for questions about the whole: at most `count`, in the order of documents. */
  sample(count: number): Observable<readonly ScoredPassage[]>
  /** Passages of a document in the order of the text: all, or those at the places `from` to `to`, both included. Emits once. */
  passages(documentId: string, places?: PlaceRange): Observable<readonly Passage[]>
  /** Replaces the document and all its passages. */
  upsert(document: StoredDocument, passages: readonly (Passage | EmbeddedPassage)[]): Observable<void>
  /** Emits how many documents went. */
  remove(documentIds: readonly string[]): Observable<number>
  /** Embeddings that are there already for these very texts by this embedder (`Embedder.id`), by text. Absent: none is used again. */
  embeddings?(texts: readonly string[], embedder: string): Observable<ReadonlyMap<string, Embedding>>
  /** Fingerprints of documents already there, by document id; of one file, or of all. */
  fingerprints(fileId?: string): Observable<ReadonlyMap<string, string>>
  /** Files of a root, or of all. With `below`, an id of a file or folder, only that file or what lies in that folder is asked for; more may come. */
  files(root?: string, below?: string): Observable<readonly StoredFile[]>
  /** Notes that a file was taken in wholly, and removes its documents that are not in `documentIds`. */
  commitFile(file: StoredFile, documentIds: readonly string[]): Observable<void>
  /** Removes files with all their documents. Emits how many documents went. */
  removeFiles(fileIds: readonly string[]): Observable<number>
  stats(): Observable<StoreStats>
  /** Makes it durable and frees it. Further calls fail. */
  close(): void
}

/** Something of the input that was passed over; the rest goes on. */
export interface Skipped {
  /** The file or folder, as the operating system finds it. */
  readonly path: string
  /** 1-based, when only this line of the file is passed over. */
  readonly line?: number
  /** `SkipReason` of `errors.ts` for all that Riffle itself passes over. */
  readonly reason: string
  /** One line for people: what and why. */
  readonly message: string
}

export interface ParserOptions {
  /** Told of parts that are passed over while the rest of the file goes on: one line of a JSONL file, one row of a table. */
  readonly onSkipped?: (skipped: Skipped) => void
  /** Time for one file, after which it fails with `SkippedError` `too-slow`. Default 30,000. */
  readonly timeoutMs?: number
}

/** Reads one file's bytes into documents, pulled one by one. Fails with `SkippedError` when the file cannot be read as text. */
export type Parser = (file: SourceFile, options?: ParserOptions) => AsyncIterable<Document>
