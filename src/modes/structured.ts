import { type MonoTypeOperatorFunction, Observable, Subscription, catchError, defer, identity, tap } from 'rxjs'
import { InvalidOptionError, InvalidOutputError, ProviderError, toErrorInfo } from '../errors.ts'
import { failUnfinished } from '../internal/failUnfinished.ts'
import { type JsonReader, createJsonReader } from '../internal/jsonReader.ts'
import type { Chunk } from '../types/chunk.ts'
import type { CompletionRequest, JsonSchema, Message, ResponseFormat } from '../types/completion.ts'
import type { LanguageModel } from '../types/ports.ts'
import { type Validate, schemaValidator } from './schemaValidator.ts'

export interface StructuredOptions {
  /** Of an object or a list: JSON schema of draft 2020-12, or of draft-07 when its `$schema` says so. */
  readonly schema: JsonSchema
  /** What the server calls the schema. Default `answer`. */
  readonly name?: string
  /** What is wrong with a whole value, a line each. Default: what the schema says. */
  readonly validate?: (value: unknown) => readonly string[]
  /** Further calls that show the model what was wrong with its answer. Default 1. */
  readonly repairs?: number
  /** What the server is asked for; when it refuses that, the prompt alone says what is wanted. Default `json-schema`. */
  readonly responseFormat?: ResponseFormat['type'] | 'none'
  /** Inside each call: time limits, retries. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk>
}

/**
 * Answers with an object by a JSON schema, which grows while it streams: after each text that adds to it comes an `object` chunk,
 * at the end one that is complete and valid.
 *
 * An answer that is no JSON, or does not fit, is shown to the model with what is wrong, once: a `reset` makes the text void and
 * another call follows. An answer cut by its length is not repaired.
 *
 * - Order: the model's; `object` behind its text. Memory: the text and the object.
 * - Drop: unsubscribing drops the call that is running.
 * - Errors: the model's; `InvalidOutputError` with what was valid.
 *
 * @throws InvalidOptionError at the call, when an option cannot work; from the stream, when the schema is none.
 *
 * @example
 * query$.pipe(retrieve(store), buildPrompt(), generateAnswer(structured(model, { schema })))
 */
export function structured(model: LanguageModel, options: StructuredOptions): LanguageModel {
  const { schema, name = 'answer', validate, repairs = 1, responseFormat = 'json-schema', attempt = identity } = options
  if (!Number.isSafeInteger(repairs) || repairs < 0) throw new InvalidOptionError(`Expected repairs to be 0 or more, got ${repairs}`)
  const instruction = `Answer with one JSON value that fits this JSON schema, and with nothing else:\n${JSON.stringify(schema)}`
  const format: ResponseFormat | undefined = responseFormat === 'none' ? undefined : responseFormat === 'json-schema' ? { type: 'json-schema', name, schema } : { type: 'json-object' }
  /** The server has refused the format, and answered without: it is not asked for it again. */
  let refused = false

  const call = (request: CompletionRequest): Observable<Chunk> => {
    const asked = (responseFormat?: ResponseFormat) =>
      defer(() => model.stream(responseFormat ? { ...request, responseFormat } : request)).pipe(attempt, failUnfinished(model.id))
    if (format === undefined || refused) return asked()
    return asked(format).pipe(
      catchError((error: unknown) => {
        if (!isRefusal(error)) throw error
        // Only when it answers without is the format what it refused.
        return asked().pipe(tap(({ type }) => (refused ||= type === 'text')))
      }),
    )
  }

  const stream = (request: CompletionRequest) =>
    new Observable<Chunk>((subscriber) => {
      const first = instructed(request.messages, instruction)
      const validating = validate === undefined ? schemaValidator(schema) : Promise.resolve<Validate>(validate)
      // Told where it is waited for.
      validating.catch(() => undefined)
      let running: Subscription | undefined
      subscriber.add(() => running?.unsubscribe())

      const ask = (messages: readonly Message[], repair: number) => {
        let reader = createJsonReader()
        const texts: string[] = []
        let finish: Extract<Chunk, { type: 'finish' }> | undefined
        let broken: unknown
        let over = false
        const take = (chunk: Chunk) => {
          if (over) return
          if (chunk.type === 'reset') {
            reader = createJsonReader()
            texts.length = 0
            finish = undefined
          }
          if (chunk.type === 'finish') finish = chunk
          else if (chunk.type === 'text') takeText(chunk.text)
          else subscriber.next(chunk)
        }
        const takeText = (text: string) => {
          texts.push(text)
          subscriber.next({ type: 'text', text })
          try {
            reader.push(text)
            if (reader.value !== undefined) subscriber.next({ type: 'object', value: reader.value, complete: false })
          } catch (error) {
            // What follows cannot make it right: the call is ended, and with it what it costs.
            broken = error
            calling.unsubscribe()
            end()
          }
        }
        const end = () => {
          if (over) return
          over = true
          settle(reader, finish?.reason === 'length' && !reader.complete ? 'it was cut at the bound of its length' : broken).catch((error: unknown) => subscriber.error(error))
        }
        const settle = async (read: JsonReader, wrong: unknown) => {
          const problems = wrong !== undefined ? [typeof wrong === 'string' ? wrong : toErrorInfo(wrong).message]
            : read.complete ? (await validating)(read.value) : ['it is no whole JSON object or list']
          if (subscriber.closed) return
          if (problems.length === 0 && finish !== undefined) {
            subscriber.next({ type: 'object', value: read.value, complete: true })
            subscriber.next(finish)
            return subscriber.complete()
          }
          const error = new InvalidOutputError(read.value, problems)
          if (repair >= repairs || typeof wrong === 'string') return subscriber.error(error)
          subscriber.next({ type: 'reset', attempt: repair + 2, error: toErrorInfo(error) })
          ask([...first, { role: 'assistant', content: texts.join('') }, { role: 'user', content: repairText(problems) }], repair + 1)
        }
        const calling = new Subscription()
        running = calling
        calling.add(call({ ...request, messages }).subscribe({ next: take, error: (error: unknown) => subscriber.error(error), complete: end }))
      }
      ask(first, 0)
    })

  return { id: model.id, ...(model.contextTokens !== undefined && { contextTokens: model.contextTokens }), stream }
}

/** The last message is the question; the form of its answer stands behind it. */
function instructed(messages: readonly Message[], instruction: string): readonly Message[] {
  return messages.map((message, index) => (index === messages.length - 1 ? { ...message, content: `${message.content}\n\n${instruction}` } : message))
}

function repairText(problems: readonly string[]): string {
  return `That is not valid:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer again with the whole corrected JSON and nothing else.`
}

/** Servers that do not know the format answer 400 or 422. */
function isRefusal(error: unknown): boolean {
  return error instanceof ProviderError && (error.status === 400 || error.status === 422 || error.status === 501) && (error.detail.textLength ?? 0) === 0
}
