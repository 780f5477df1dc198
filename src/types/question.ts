import type { Message, Sampling } from './completion.ts'

/** A prompt as it was written, for a model that is asked without retrieval. */
export interface PlainRequest extends Sampling {
  readonly messages: readonly Message[]
  readonly model?: string
  /** Further fields, as the server names them. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** One of many questions. */
export interface BatchQuestion {
  /** Unique among all. */
  readonly id: string
  readonly question: string
  /** 1-based line of the input. */
  readonly line: number
  /** Set when the input is a request, not a question. */
  readonly request?: PlainRequest
}

/** A line of the input: a question, or what is wrong with it. */
export type QuestionLine =
  | { readonly question: BatchQuestion; readonly problem?: undefined }
  | { readonly line: number; readonly problem: string; readonly id?: string; readonly question?: undefined }
