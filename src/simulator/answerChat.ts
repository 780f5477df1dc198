import type { ServerResponse } from 'node:http'
import { type BodyWriter, createBodyWriter } from './bodyWriter.ts'
import { chatBody, chatPayloads } from './chatEvents.ts'
import type { RequestRecord } from './record.ts'
import { drawDelay } from './delay.ts'
import type { Fault } from './fault.ts'
import { createRandom } from './random.ts'
import type { ScriptedAnswer } from './script.ts'

interface Message {
  readonly content?: unknown
}

interface ChatBody {
  readonly model?: unknown
  readonly stream?: unknown
  readonly stream_options?: { readonly include_usage?: unknown }
  readonly messages?: readonly Message[]
}

/**
 * Answers one chat completions request by its script. Resolves when there is nothing more to do.
 *
 * @param closeHere called before this side breaks the connection.
 */
export async function answerChat(
  response: ServerResponse,
  record: RequestRecord,
  answer: ScriptedAnswer,
  closeHere: () => void,
): Promise<void> {
  const { fault, headersDelayMs = 0, sliceBytes = Number.POSITIVE_INFINITY } = answer
  const { afterEvents = Number.POSITIVE_INFINITY, afterBytes = Number.POSITIVE_INFINITY } = limitsOf(fault)
  const random = createRandom(1)
  const writer = createBodyWriter(response, record, sliceBytes, afterBytes)
  if (!(await writer.wait(drawDelay(headersDelayMs, random))) && afterBytes > 0) return
  if (fault?.type === 'silence') return
  if (fault?.type === 'status') {
    const body = jsonOf(fault.body ?? statusBody(fault.status))
    return respond(response, fault.status, 'application/json', body, { ...answer.headers, ...fault.headers })
  }
  if (fault?.type === 'content') return respond(response, 200, fault.contentType, fault.body, answer.headers)

  const streaming = (record.body as ChatBody | undefined)?.stream === true
  const contentType = streaming ? 'text/event-stream' : 'application/json'
  response.writeHead(200, { 'content-type': contentType, 'x-request-id': 'simulated', ...answer.headers })
  response.flushHeaders()
  const { firstDelayMs = 0, delayMs = 0, roleFirst = true } = answer
  let number = 0
  for (const event of streaming ? eventsOf(record, answer) : wholeOf(record, answer)) {
    const isFirstText = number === (roleFirst ? 1 : 0)
    if (!(await writer.wait(drawDelay(isFirstText ? firstDelayMs : number === 0 ? 0 : delayMs, random)))) break
    if (number >= afterEvents || !(await writer.write(event))) break
    number++
  }
  if (response.destroyed) return
  if (fault?.type === 'close' || fault?.type === 'reset') closeHere()
  await end(response, fault, writer)
}

function limitsOf(fault: Fault | undefined): { readonly afterEvents?: number; readonly afterBytes?: number } {
  return fault && ('afterEvents' in fault || 'afterBytes' in fault) ? fault : {}
}

function eventsOf({ body }: RequestRecord, answer: ScriptedAnswer): Iterable<Uint8Array> {
  if (answer.body) return [answer.body]
  const { model, prompt, usageAsked } = readRequest(body)
  const events = chatPayloads(answer, model, prompt, usageAsked).map((payload) => encode(`data: ${JSON.stringify(payload)}\n\n`))
  return answer.done === false ? events : [...events, encode('data: [DONE]\n\n')]
}

function wholeOf({ body }: RequestRecord, answer: ScriptedAnswer): Iterable<Uint8Array> {
  const { model, prompt } = readRequest(body)
  return [answer.body ?? encode(JSON.stringify(chatBody(answer, model, prompt)))]
}

async function end(response: ServerResponse, fault: Fault | undefined, writer: BodyWriter): Promise<void> {
  const { socket } = response
  if (fault?.type === 'stall') return
  // What was written goes out first: the body breaks off where the script says.
  if (fault?.type === 'close') return void socket?.end(() => socket.destroy())
  if (fault?.type === 'reset') return void socket?.resetAndDestroy()
  if (fault?.type === 'error-object' || fault?.type === 'error-event') {
    const name = fault.type === 'error-event' ? 'event: error\n' : ''
    await writer.write(encode(`${name}data: ${jsonOf({ error: fault.error ?? defaultError })}\n\n`))
  }
  response.end()
}

const defaultError = { message: 'The simulated model is overloaded', type: 'server_error', code: null }

function statusBody(status: number): object {
  return { error: { message: `Simulated status ${status}`, type: 'simulated', code: null } }
}

export function respond(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': contentType, 'x-request-id': 'simulated', ...headers })
  response.end(body)
}

function readRequest(value: unknown): { readonly model: string; readonly prompt: string; readonly usageAsked: boolean } {
  const body = (value ?? {}) as ChatBody
  const messages = Array.isArray(body.messages) ? body.messages : []
  return {
    model: typeof body.model === 'string' ? body.model : 'simulated',
    prompt: messages.map(({ content }: Message) => (typeof content === 'string' ? content : JSON.stringify(content ?? ''))).join('\n'),
    usageAsked: body.stream_options?.include_usage === true,
  }
}

function jsonOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
