import type { OpenAI } from 'openai'
import { InvalidOptionError } from '../errors.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import type { CompletionRequest, ResponseFormat } from '../types/completion.ts'
import type { LanguageModel, Tokenizer } from '../types/ports.ts'
import { chatAnswer } from '../wire/chatAnswer.ts'
import type { ChatCalls } from '../wire/runningCall.ts'
import { createOpenAIClient, type OpenAIConnection } from './openaiClient.ts'
import { requestHead } from './requestHead.ts'

export interface OpenAIOptions extends OpenAIConnection {
  /** Tokens that prompt and answer together may have. */
  readonly contextTokens?: number
  /** Asks the server to report usage at the end of a stream. Turn it off for a server that refuses the field. Default true. */
  readonly includeUsage?: boolean
  /**
   * The field that carries `maxOutputTokens`. Default: `max_completion_tokens` for OpenAI and Azure, whose newer models
   * refuse the other; `max_tokens` for all others, many of which pass over the newer one without a word.
   */
  readonly maxTokensField?: 'max_completion_tokens' | 'max_tokens'
  /**
   * Takes `[DONE]` for the end of an answer for which the server gave no finish reason; the reason is then `other`.
   * Only for servers that never give one: relays send `[DONE]` after a cut as well. Default false.
   */
  readonly finishOnDone?: boolean
  /**
   * Counts what the server does not report: answers that were stopped or broke off, and servers that never report. `tiktoken(model)`
   * counts as OpenAI's models do; usage is then `counted`. Default: an estimate by length, marked `estimated`.
   */
  readonly tokenizer?: Tokenizer
  /** Further fields of the request, as the server names them: `{ reasoning_effort: 'low' }`. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/**
 * A model behind OpenAI's chat completions, or behind a server that speaks the same: Ollama, vLLM, llama.cpp, LM Studio,
 * OpenRouter, Azure and others. See `chatAnswer` for order, memory, drop and errors.
 *
 * It has no time limits, but 10 seconds to connect. Usage is the server's, else counted by `tokenizer`, else estimated.
 *
 * @throws InvalidOptionError at the call, when there is neither `apiKey` nor `baseUrl`, or one of them or of `headers` cannot be used.
 *
 * @example
 * openai({ model: 'gpt-4.1-mini', apiKey })
 * openai({ model: 'qwen3', baseUrl: 'http://localhost:11434/v1' })
 */
export function openai(options: OpenAIOptions): LanguageModel {
  const client = createOpenAIClient(options, (target) => requestHead('/chat/completions', target))
  const { model, contextTokens, includeUsage = true, finishOnDone = false, parameters = {}, tokenizer } = options
  const { maxTokensField = client.isOriginal ? 'max_completion_tokens' : 'max_tokens' } = options
  if (contextTokens !== undefined) requirePositiveInteger('contextTokens', contextTokens)
  if ('stream' in parameters || 'n' in parameters) throw new InvalidOptionError('Expected parameters without stream and n')

  const paramsOf = ({ messages, streaming = true, temperature, maxOutputTokens, responseFormat }: CompletionRequest): OpenAI.ChatCompletionCreateParams => ({
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: streaming,
    ...(streaming && includeUsage && { stream_options: { include_usage: true } }),
    ...(temperature !== undefined && { temperature }),
    ...(maxOutputTokens !== undefined && { [maxTokensField]: maxOutputTokens }),
    ...(responseFormat && { response_format: formatOf(responseFormat) }),
    ...parameters,
  })

  const calls: ChatCalls = { service: client.service, finishOnDone, tokenizer, send: (request, exchange) => client.send(paramsOf(request), exchange) }

  return {
    id: model,
    ...(contextTokens !== undefined && { contextTokens }),
    stream: (request) => chatAnswer(calls, request),
  }
}

function formatOf(format: ResponseFormat): NonNullable<OpenAI.ChatCompletionCreateParams['response_format']> {
  if (format.type === 'json-object') return { type: 'json_object' }
  return { type: 'json_schema', json_schema: { name: format.name, schema: format.schema } }
}
