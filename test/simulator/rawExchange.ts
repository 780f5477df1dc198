import { type Socket, connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator.ts'
import { until } from '../wire/until.ts'

/** Starts a simulator that goes when the test ends. */
export async function simulate(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options)
  onTestFinished(() => simulator.close())
  return simulator
}

/** One request over a socket of its own, and everything that came back, as it came. */
export interface RawExchange {
  readonly socket: Socket
  /** What came in one go each. */
  readonly pieces: readonly Buffer[]
  /** How the other side ended it: FIN, RST, or not yet. */
  readonly ending: 'none' | 'end' | 'reset'
  readonly response: RawResponse
}

export interface RawResponse {
  /** 0: no head came. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Without the frames of its chunks. */
  readonly body: string
  /** The last chunk came, the empty one. */
  readonly isWhole: boolean
}

export interface Asked {
  readonly path?: string
  readonly body?: object
  readonly version?: '1.0' | '1.1'
}

export const streamed = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Why?' }] }

export function ask({ url }: Simulator, { path = '/v1/chat/completions', body = streamed, version = '1.1' }: Asked = {}): RawExchange {
  const pieces: Buffer[] = []
  const content = Buffer.from(JSON.stringify(body))
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  const exchange = {
    socket,
    pieces,
    ending: 'none' as RawExchange['ending'],
    get response() {
      return parsed(Buffer.concat(pieces))
    },
  }
  socket.on('data', (piece) => pieces.push(piece))
  socket.on('end', () => (exchange.ending = 'end'))
  socket.on('error', () => (exchange.ending = 'reset'))
  socket.write(`POST ${path} HTTP/${version}\r\nhost: simulator\r\ncontent-type: application/json\r\ncontent-length: ${content.length}\r\n\r\n`)
  socket.write(content)
  return exchange
}

/** The response when it is whole, or its connection is closed. */
export async function answered(exchange: RawExchange): Promise<RawResponse> {
  await until(() => exchange.response.isWhole || exchange.ending !== 'none')
  return exchange.response
}

function parsed(bytes: Buffer): RawResponse {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return { status: 0, headers: {}, body: '', isWhole: false }
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2).map((part, index) => (index === 0 ? part.toLowerCase() : part)))) as Record<string, string>
  const rest = bytes.subarray(end + 4)
  const body = headers['transfer-encoding'] === 'chunked' ? dechunked(rest) : { bytes: rest, isWhole: false }
  return { status: Number(first.split(' ')[1]), headers, body: body.bytes.toString('utf8'), isWhole: body.isWhole }
}

/** Throws when a chunk is framed wrongly. */
function dechunked(bytes: Buffer): { readonly bytes: Buffer; readonly isWhole: boolean } {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) break
    const head = bytes.toString('latin1', at, lineEnd)
    if (!/^[0-9a-f]+$/.test(head)) throw new Error(`Expected the length of a chunk, got ${JSON.stringify(head)}`)
    const length = Number.parseInt(head, 16)
    const end = lineEnd + 2 + length
    if (length > 0) chunks.push(bytes.subarray(lineEnd + 2, end))
    if (bytes.length < end + 2) break
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') throw new Error('Expected the end of a chunk')
    if (length === 0) {
      if (bytes.length > end + 2) throw new Error('Expected nothing after the last chunk')
      return { bytes: Buffer.concat(chunks), isWhole: true }
    }
    at = end + 2
  }
  return { bytes: Buffer.concat(chunks), isWhole: false }
}

/** Events of a body, each with what ends it. */
export function eventsIn(body: string): string[] {
  return body.match(/[\s\S]*?\n\n/g) ?? []
}

/** The answer's text as a client reads it. */
export function textIn(body: string): string {
  const payloads = eventsIn(body).filter((event) => event.startsWith('data: {')).map((event) => JSON.parse(event.slice(6)) as { choices?: { delta?: { content?: string } }[] })
  return payloads.map(({ choices = [] }) => choices[0]?.delta?.content ?? '').join('')
}
