// What decoding costs: our decoder of events and the one of chat completions above it, beside npm's eventsource-parser, alone and with
// JSON.parse for each event.
//   node bench/decode.ts [rounds]      default 5
// All take turns in one process; figures are medians of its CPU time. "times": against eventsource-parser doing the same.
import { createParser } from 'eventsource-parser'
import { type ServerSentEvent, createChatDecoder, createEventDecoder } from 'riffle-rx/wire'
import { machine, median } from './machine.ts'

const rounds = Number(process.argv[2] ?? 5)
const count = 200_000
const english = ' The riffle of a stream is where it runs fast over stones and "breathes".\n'.split(/(?= )/)

interface Style {
  readonly end?: string
  readonly filler?: (index: number) => string
}

/** Events as OpenAI's service writes them. */
function bodyOf(words: readonly string[], { end = '\n', filler = () => '' }: Style = {}): Buffer {
  const head = '{"id":"chatcmpl-C3jGcy8nnzn6gWCgTYoHPtKSE5NH3","object":"chat.completion.chunk","created":1755005026,"model":"gpt-4o"'
  const event = (word: string, index: number) =>
    `data: ${head},"choices":[{"index":0,"delta":{"content":${JSON.stringify(word)}},"finish_reason":null}]${filler(index)}}${end}${end}`
  return Buffer.from(Array.from({ length: count }, (_, index) => event(words[index % words.length]!, index)).join(''))
}

function piecesOf(body: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(body.length / size) }, (_, index) => body.subarray(index * size, (index + 1) * size))
}

/** Microseconds of CPU, the collector's threads included: on a shared machine they say more than a clock. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Each counts the events, or the texts, of the pieces. */
const readers: Record<string, (pieces: readonly Buffer[]) => number> = {
  'our events': (pieces) => {
    let events = 0
    const decoder = createEventDecoder()
    const onEvent = () => events++
    for (const piece of pieces) decoder.push(piece, onEvent)
    return events
  },
  'eventsource-parser': (pieces) => {
    let events = 0
    const text = new TextDecoder()
    const parser = createParser({ onEvent: () => events++ })
    for (const piece of pieces) parser.feed(text.decode(piece, { stream: true }))
    return events
  },
  'our chat': (pieces) => readChat(pieces, true),
  'our chat, all parsed': (pieces) => readChat(pieces, false),
  'eventsource-parser + JSON.parse': (pieces) => {
    let texts = 0
    const text = new TextDecoder()
    const onEvent = ({ data }: { readonly data: string }) => {
      if ((JSON.parse(data) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content) texts++
    }
    const parser = createParser({ onEvent })
    for (const piece of pieces) parser.feed(text.decode(piece, { stream: true }))
    return texts
  },
}

function readChat(pieces: readonly Buffer[], shortcut: boolean): number {
  let texts = 0
  const events = createEventDecoder()
  const decoder = createChatDecoder({ shortcut })
  const onEvent = (event: ServerSentEvent) => (texts += decoder.pushEvent(event).length)
  for (const piece of pieces) events.push(piece, onEvent)
  return texts
}

function measure(name: string, body: Buffer, size: number) {
  const pieces = piecesOf(body, size)
  const times = new Map(Object.keys(readers).map((reader): [string, number[]] => [reader, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const [reader, read] of Object.entries(readers)) {
      const cpu = cpuOf(() => {
        if (read(pieces) !== count) throw new Error(`${reader} did not read ${count} events`)
      })
      // The first round is for the compiler.
      if (round > 0) times.get(reader)!.push(cpu)
    }
  }
  const microseconds = (reader: string) => median(times.get(reader)!) / count
  return Object.keys(readers).map((reader) => {
    const against = microseconds(reader.includes('chat') || reader.includes('JSON') ? 'eventsource-parser + JSON.parse' : 'eventsource-parser')
    const each = microseconds(reader)
    return { stream: name, pieces: size, reader, 'us/event': each.toFixed(3), 'M events/s': (1 / each).toFixed(2), times: (against / each).toFixed(2) }
  })
}

/** Nanoseconds a byte for one event of 8 MiB in lines of 1 MB, in pieces of one size. */
function oneEvent(size: number) {
  const lineBytes = 2 ** 20 - 64
  const piece = Buffer.alloc(size, 'x')
  const [start, end] = [Buffer.from('data: '), Buffer.from('\n')]
  const each = (push: (bytes: Buffer) => void) => {
    const cpu = cpuOf(() => {
      for (let line = 0; line < 8; line++) {
        push(start)
        for (let bytes = 0; bytes + size <= lineBytes; bytes += size) push(piece)
        push(end)
      }
      push(end)
    })
    return (cpu * 1000) / (8 * lineBytes)
  }
  const ours = () => {
    const decoder = createEventDecoder()
    const onEvent = () => {}
    return each((bytes) => decoder.push(bytes, onEvent))
  }
  const theirs = () => {
    const text = new TextDecoder()
    const parser = createParser({ onEvent: () => {} })
    return each((bytes) => parser.feed(text.decode(bytes, { stream: true })))
  }
  const runs = Array.from({ length: rounds + 1 }, () => [ours(), theirs()] as const).slice(1)
  return { pieces: size, 'our events, ns/byte': median(runs.map(([ns]) => ns)).toFixed(2), 'eventsource-parser, ns/byte': median(runs.map(([, ns]) => ns)).toFixed(2) }
}

const plain = bodyOf(english)
console.log(`${machine()}\n${count} events of ${(plain.length / count).toFixed(0)} bytes, medians of ${rounds} rounds\n`)
console.table([191, 1460, 16_384, 65_536].flatMap((size) => measure('plain', plain, size)))
console.log('\nOther streams, in pieces of 16 KiB\n')
console.table([
  ...measure('with filler of random length', bodyOf(english, { filler: (index) => `,"obfuscation":"${'xYz0123456789'.slice(0, (index * 7) % 13)}"` }), 16_384),
  ...measure('Japanese', bodyOf(['川', 'の瀬', 'は、', '石の', '上を', '速く流れる', '。']), 16_384),
  ...measure('CRLF', bodyOf(english, { end: '\r\n' }), 16_384),
])
console.log('\nOne event of 8 MiB\n')
console.table([65_536, 1460, 4].map(oneEvent))
