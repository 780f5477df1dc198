/** What came with a text: front matter, CSV headers, page counts. Plain JSON values only. */
export type Metadata = Readonly<Record<string, MetadataValue>>
export type MetadataValue = string | number | boolean | null | readonly MetadataValue[] | { readonly [key: string]: MetadataValue }

/** A heading of a document, by which `split` cuts first and which passages carry as their `headings`. */
export interface Heading {
  /** UTF-16 offset in `Document.text` where the heading's line begins. */
  readonly start: number
  /** 1 for the outermost. */
  readonly level: number
  readonly title: string
}

/** A whole text with its id. Offsets everywhere are UTF-16 code units into `text`. */
export interface Document {
  /** Unique in a store; for files: the folder's name and the path below it, with `/`. */
  readonly id: string
  readonly text: string
  readonly title?: string
  /** Where the text can be opened: a file or web address. */
  readonly uri?: string
  readonly metadata?: Metadata
  /** In order of `start`. */
  readonly headings?: readonly Heading[]
  /** Start offset of each page, for formats that have pages. The first is 0. */
  readonly pages?: readonly number[]
  /** Offset of the body: what stands before it (front matter) is metadata and is not split. Default 0. */
  readonly bodyStart?: number
}

/** A piece of a document: `document.text.slice(start, end) === text`. */
export interface Passage {
  /** `documentId#index`, index from 0 in the order of the text. */
  readonly id: string
  readonly documentId: string
  readonly text: string
  /** UTF-16 offset of the first unit. */
  readonly start: number
  /** UTF-16 offset behind the last unit. */
  readonly end: number
  /** By the tokenizer that split it. */
  readonly tokens: number
  /** Titles of the headings above the passage, outermost first. */
  readonly headings: readonly string[]
  /** 1-based line of `start` in the document's text. */
  readonly line: number
  /** 1-based page of `start`, for formats that have pages. */
  readonly page?: number
  readonly title?: string
  readonly uri?: string
  readonly metadata?: Metadata
}

/** Numbers standing for a text. Length = the embedder's `dimensions`. */
export type Embedding = Float32Array

export interface EmbeddedPassage extends Passage {
  readonly embedding: Embedding
}

export interface ScoredPassage extends Passage {
  /** Higher is better; comparable only inside one result. */
  readonly score: number
}
