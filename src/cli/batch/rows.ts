import { hash } from 'node:crypto'
import type { Timings } from '../../operators/measure.ts'
import type { ErrorInfo } from '../../types/chunk.ts'
import type { Completion, Message } from '../../types/completion.ts'
import type { BatchQuestion } from '../../types/question.ts'
import { type PriceList, costOf } from './prices.ts'

/** How one question ended. */
export interface Outcome {
  readonly question: BatchQuestion
  readonly completion: Completion
  readonly timings?: Timings | undefined
  /** US dollars; undefined when the price of a model is not known. */
  readonly cost?: number | undefined
  /** What the model read, the last time. */
  readonly messages?: readonly Message[] | undefined
  /** Where the answer is as a file of its own. */
  readonly file?: string | undefined
}

/** A row of the output, or, with `error`, of the failures. */
export interface Row {
  readonly id: string
  readonly error?: ErrorInfo
  /** What stands in the file. */
  toJSON(): object
}

export type ToRow = (outcome: Outcome) => Row

/** Of what was asked, with the id: the first half of a row's key. The second half is the configuration's. */
export function questionHash({ id, question, request }: BatchQuestion): string {
  return shortHash([id, question, request ?? null])
}

function shortHash(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, 16)
}

/** US dollars; undefined when the price of a model is not known. */
export function costOfCompletion({ usage }: Completion, prices: PriceList): number | undefined {
  let sum = 0
  for (const call of usage?.calls ?? []) {
    const price = prices(call.model)
    if (price === undefined) return undefined
    sum += costOf(call, price)
  }
  return sum
}

export function toPlainRow(configuration: string): ToRow {
  return ({ question, completion, timings, cost, messages, file }) => {
    const { text, reasoning, finishReason, sources, citations, usage, failures = [], error } = completion
    // What is undefined is not written. Every row has one shape, which is made in a fraction of the time of one that is put together.
    const row = {
      id: question.id,
      question: question.question,
      answer: error === undefined ? text : undefined,
      error,
      partial: error === undefined ? undefined : text,
      finishReason,
      reasoning,
      sources: sources.map(({ id, documentId, start, end, score, title, uri }) => ({ passageId: id, documentId, start, end, score, title, uri })),
      citations: citations.map(({ type: _type, ...citation }) => citation),
      usage,
      model: usage?.calls.at(-1)?.model,
      cost,
      // The others stand in the row already.
      timings: timings && { ...timings, usage: undefined, finishReason: undefined },
      attempts: failures.length + 1,
      failures: failures.length > 0 ? failures : undefined,
      promptHash: messages && shortHash(messages),
      file,
      line: question.line,
      key: `${questionHash(question)}-${configuration}`,
    }
    return { id: question.id, ...(error && { error }), toJSON: () => row }
  }
}

/** What the id of OpenAI's output line begins with; our key follows. */
const idPrefix = 'batch_req_'

/** The lines that OpenAI's batch service writes: `{ id, custom_id, response, error }`. */
export function toOpenAIRow(configuration: string): ToRow {
  return ({ question, completion: { text, finishReason, usage, error, reasoning } }) => {
    const key = `${questionHash(question)}-${configuration}`
    const request = { id: `${idPrefix}${key}`, custom_id: question.id }
    if (error) return { id: question.id, error, toJSON: () => ({ ...request, response: null, error: { code: error.code, message: error.message } }) }
    const model = usage?.calls.at(-1)?.model ?? question.request?.model ?? ''
    const body = {
      id: `chatcmpl-${key}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: text, ...(reasoning !== undefined && { reasoning_content: reasoning }), refusal: null }, logprobs: null, finish_reason: finishReasons[finishReason] ?? 'stop' }],
      ...(usage && { usage: { prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens, total_tokens: usage.inputTokens + usage.outputTokens } }),
    }
    return { id: question.id, toJSON: () => ({ ...request, response: { status_code: 200, request_id: `req_${key}`, body }, error: null }) }
  }
}

const finishReasons: Readonly<Record<string, string>> = { stop: 'stop', length: 'length', 'content-filter': 'content_filter', 'tool-calls': 'tool_calls' }

/** A line that cannot be asked, for the failures. */
export function toBadRow(line: number, problem: string, id = `#bad-line-${line}`): Row {
  const error = { code: 'bad-input', message: problem }
  return { id, error, toJSON: () => ({ id, line, error }) }
}

/** Id and key of a row as it stands in a file. */
export function identityOf(row: Readonly<Record<string, unknown>>): { readonly id: unknown; readonly key: unknown } {
  if (typeof row['custom_id'] !== 'string') return { id: row['id'], key: row['key'] }
  return { id: row['custom_id'], key: String(row['id']).slice(idPrefix.length) }
}
