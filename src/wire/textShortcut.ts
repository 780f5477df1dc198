import type { ContentChunk } from './chatContent.ts'

/** Reads an event that is like an earlier one but for its text, without parsing it. */
export interface TextShortcut {
  /** The one chunk of such an event; undefined when the event has to be parsed. */
  read(data: string): ContentChunk | undefined
  /** Takes an event that was parsed, and the one chunk that it gave, for an example; not the first: it may be the only one. */
  learn(data: string, chunk: ContentChunk): void
}

/** What stands around the text of an event, up to the filler where there is one. */
interface Frame {
  readonly type: 'text' | 'reasoning'
  readonly before: string
  readonly after: string
  readonly hasFiller: boolean
}

/** Two texts that mean nothing to any dialect. */
const probes = ['a text that was put in', 'some other words here'] as const
/** One hit is worth one, an example costs more: it has to be parsed three times. */
const maxTrust = 32
const exampleCost = 4
/** V8 copies a text of up to so many characters; a longer one would hold on to the whole piece that it was cut from. */
const maxCopied = 12
const quote = 0x22
const backslash = 0x5c

/**
 * Most events of a stream differ from the one before in one string literal. With another valid literal in its place a JSON text
 * has the same value but for that string, so nothing has to be parsed again, but for the literal.
 *
 * Which literal it is, the parser tells: of an event that gave one chunk, the literal with that text is exchanged for two others,
 * and only if the parser then gives just these texts is the event an example. All else is left to the parser: empty texts
 * (their place may be taken by another field), and events with anything else that differs.
 *
 * - Memory: one event.
 *
 * @param parse the one chunk that an event gives; undefined when it gives more or less, or anything but chunks.
 */
export function createTextShortcut(parse: Parse): TextShortcut {
  return new Shortcut(parse)
}

type Parse = (data: string) => ContentChunk | undefined

/** A class, as there is one for each stream: methods are shared, functions in a closure are not. */
class Shortcut implements TextShortcut {
  readonly #parse: Parse
  #frame: Frame | undefined
  #textEvents = 0
  /** Learning costs more than it saves where no two events are alike. */
  #trust = maxTrust

  constructor(parse: Parse) {
    this.#parse = parse
  }

  read(data: string): ContentChunk | undefined {
    if (this.#frame === undefined) return undefined
    const { type, before, after, hasFiller } = this.#frame
    const start = before.length
    const afterEnd = hasFiller ? lastLiteralStart(data) : data.length
    const end = afterEnd - after.length
    if (end <= start || data.slice(0, start) !== before || data.slice(end, afterEnd) !== after) return undefined
    const text = textOf(data, start, end)
    if (text === undefined) return undefined
    if (this.#trust < maxTrust) this.#trust++
    return { type, text }
  }

  learn(data: string, chunk: ContentChunk): void {
    if (this.#trust < exampleCost || chunk.type === 'tool-call' || ++this.#textEvents < 2) return
    const start = literalStart(data, chunk.text)
    if (start < 0) return
    this.#trust -= exampleCost
    const end = start + chunk.text.length
    const filler = lastLiteralStart(data)
    const hasFiller = filler > end && fillers.some((name) => data.endsWith(name, filler))
    const learned = { type: chunk.type, before: data.slice(0, start), after: data.slice(end, hasFiller ? filler : undefined), hasFiller }
    // One text of its own: slices would hold on to the whole piece that they were cut from.
    if (this.#isRight(learned)) this.#frame = JSON.parse(JSON.stringify(learned)) as Frame
  }

  #isRight({ type, before, after, hasFiller }: Frame): boolean {
    return probes.every((probe) => {
      const chunk = this.#parse(`${before}${probe}${after}${hasFiller ? '"}' : ''}`)
      return chunk?.type === type && chunk.text === probe
    })
  }
}

/** Where the text begins that stands as it is, between quotes, for the value of a member; -1 when it does not. */
function literalStart(data: string, text: string): number {
  for (let at = data.indexOf(`"${text}"`); at >= 0; at = data.indexOf(`"${text}"`, at + 1)) {
    if (/:\s*$/.test(data.slice(Math.max(0, at - 4), at))) return at + 1
  }
  return -1
}

/** The text of a literal without its quotes; undefined when it is none. */
function textOf(data: string, start: number, end: number): string | undefined {
  if (end - start <= maxCopied && isPlain(data, start, end)) return data.slice(start, end)
  try {
    return JSON.parse(data.slice(start - 1, end + 1)) as string
  } catch {
    return undefined
  }
}

/** Nothing that ends a literal, stands for something else in it, or may not be in it. */
function isPlain(data: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = data.charCodeAt(at)
    if (code < 0x20 || code === quote || code === backslash) return false
  }
  return true
}

/**
 * Some servers end each event with letters of random number, so that its length tells nothing of the text: `"obfuscation":"xY"}`
 * (OpenAI) or `"p":"abc"}` (Mistral). These members mean nothing, so the letters may differ.
 *
 * A quote right behind a comma, outside or inside a literal, begins one in any valid JSON: so these are members of the whole event.
 */
const fillers = [',"obfuscation":"', ',"p":"']

/** Where the letters begin that stand in the last literal of an object, at its very end; -1 when it ends otherwise. */
function lastLiteralStart(data: string): number {
  let at = data.length - 3
  if (!data.endsWith('"}')) return -1
  for (;;) {
    const code = data.charCodeAt(at)
    if (code === quote) return at + 1
    // Also past the beginning, where there is no number.
    if (!(code >= 0x20) || code === backslash) return -1
    at--
  }
}
