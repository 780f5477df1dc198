/** A marker such as `[2]`, `[1, 3]` or `[1-3]`. Offsets are UTF-16 units of the whole text. */
export interface CitationMarker {
  readonly numbers: readonly number[]
  readonly start: number
  readonly end: number
}

export interface MarkerReader {
  /** The markers that this text completes, in order. What a marker is may depend on the two characters behind it. */
  push(text: string): readonly CitationMarker[]
  /** The markers that waited for more text. */
  end(): readonly CitationMarker[]
}

/** Numbers with commas and ranges between them; longer ones are arrays. */
const marker = /\[[\d,;–\- ]{1,40}\]/y
const unfinishedMarker = /^\[[\d,;–\- ]{0,40}$/
const special = /[[`~\n]/g
const numberOrRange = /^(\d{1,4})(?:[-–](\d{1,4}))?$/
const maxRange = 20
/** Behind a marker so many characters tell whether it is a link, an index or the beginning of a definition. */
const lookahead = 2
/** A longer run of backticks needs no further look. */
const maxRun = 64

/**
 * Finds citation markers in a text that comes in pieces; the same ones wherever it is cut.
 *
 * Brackets that are none are passed over: in code, between backticks and in fences; links, images, definitions of links and
 * escaped brackets of Markdown; indexes (`list[1].name`, `list[1] = 2`), arguments (`sum([1, 2])`) and arrays (`x = [1, 2]`, `"x": [1, 2]`).
 *
 * Memory: the characters that may still become a marker. Time is linear.
 */
export function createMarkerReader(): MarkerReader {
  let waiting = ''
  /** Where in the text `waiting` begins, and the character before it. */
  let offset = 0
  let before = ''
  let lead = ''
  /** Where the last marker ended: `[1][2]` are two, `[text][1]` is none. */
  let markerEnd = -1
  let atLineStart = true
  let lineIsEmpty = true
  let fence = ''
  let code = 0

  const read = (text: string, ended: boolean): CitationMarker[] => {
    const found: CitationMarker[] = []
    let at = 0
    const take = (length: number) => {
      lead = (lead + text.slice(at, at + length).replace(/[ \t]+/g, '')).slice(-2)
      at += length
      before = text.charAt(at - 1)
    }
    const characters = (from: number) => text.slice(from, from + lookahead)
    /** False when more text has to come first. */
    const takeRun = (character: string): boolean => {
      let length = 1
      while (text.charAt(at + length) === character && length < maxRun) length++
      if (!ended && length < maxRun && at + length === text.length) return false
      const run = character.repeat(length)
      if (fence !== '') fence = atLineStart && run.startsWith(fence) ? '' : fence
      else if (atLineStart && length >= 3 && code === 0) fence = run
      else if (character === '`') code = code === 0 ? length : code === length ? 0 : code
      atLineStart = false
      lineIsEmpty = false
      take(length)
      return true
    }
    const takeBracket = (): boolean => {
      marker.lastIndex = at
      const inside = marker.exec(text)?.[0]
      if (inside === undefined) {
        if (!ended && unfinishedMarker.test(text.slice(at))) return false
      } else {
        const end = at + inside.length
        if (!ended && end + lookahead > text.length) return false
        const numbers = numbersOf(inside)
        const previous = before === ']' && markerEnd === offset + at ? '' : before
        if (numbers !== undefined && isCitation({ previous, lead, following: characters(end), isList: numbers.length > 1, startsLine: atLineStart })) {
          markerEnd = offset + end
          found.push({ numbers, start: offset + at, end: markerEnd })
        }
        if (numbers !== undefined) {
          atLineStart = false
          lineIsEmpty = false
          take(inside.length)
          return true
        }
      }
      atLineStart = false
      lineIsEmpty = false
      take(1)
      return true
    }

    while (at < text.length) {
      const character = text.charAt(at)
      if (character === '\n') {
        // A blank line ends a paragraph, and with it a code span that was never closed.
        if (lineIsEmpty) code = 0
        atLineStart = true
        lineIsEmpty = true
        take(1)
      } else if (character === '`' || character === '~') {
        if (!takeRun(character)) break
      } else if (character === '[' && fence === '' && code === 0) {
        if (!takeBracket()) break
      } else {
        const run = plainRun(text, at)
        atLineStart &&= /^ *$/.test(run)
        lineIsEmpty &&= /^[ \t\r]*$/.test(run)
        take(run.length)
      }
    }
    offset += at
    waiting = text.slice(at)
    return found
  }

  return {
    push: (text) => read(waiting + text, false),
    end: () => read(waiting, true),
  }
}

/** The characters from `at` up to the next that may mean something; one at least, which may be a bracket in code. */
function plainRun(text: string, at: number): string {
  special.lastIndex = at + 1
  return text.slice(at, special.exec(text)?.index)
}

interface Surroundings {
  /** The character before; empty at the beginning and behind another marker. */
  readonly previous: string
  /** The last two characters before it that are no blanks: `=` assigns, `":` ends the key of a value. */
  readonly lead: string
  readonly following: string
  readonly isList: boolean
  readonly startsLine: boolean
}

function isCitation({ previous, lead, following, isList, startsLine }: Surroundings): boolean {
  // Escaped, an image, the second half of `[text][1]`.
  if (previous === '\\' || previous === '!' || previous === ']') return false
  if (following.startsWith('(') || (startsLine && following.startsWith(':'))) return false
  // Names in code are ASCII; letters of other scripts are prose, which may have no spaces.
  const behindWord = /[\w$)]/.test(previous)
  // Models do write `word[1].`; an index goes on with a name, another index or a value.
  if (behindWord) return !/^(?:[\w$]|\.[A-Za-z_$]|\[\D| ?=)/.test(following) && !(isList && following.startsWith(')'))
  if (lead.endsWith('=')) return false
  return !(isList && (/[(=,:{[]/.test(previous) || lead === '":' || following.startsWith(']')))
}

/** Undefined when it is no list of numbers from 1. */
function numbersOf(inside: string): readonly number[] | undefined {
  const numbers: number[] = []
  for (const part of inside.slice(1, -1).split(/[,;]/)) {
    const [, first, last = first] = numberOrRange.exec(part.replaceAll(' ', '')) ?? []
    const from = Number(first)
    const to = Number(last)
    if (!(from >= 1 && to >= from && to - from < maxRange)) return undefined
    for (let number = from; number <= to; number++) if (!numbers.includes(number)) numbers.push(number)
  }
  return numbers
}
