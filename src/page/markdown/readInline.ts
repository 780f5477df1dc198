import { citationMark, citationOpen } from './citations.ts'
import { safeUrl } from './safeUrl.ts'
import type { Inline } from './tree.ts'

/** Links in links end here. */
const maxDepth = 4
/** More marks of emphasis that wait for their end are text. */
const maxOpeners = 64
const maxLabel = 300
const special = /[\\`*_~[!<\n]|https?:\/\/|\ue000/g
const bareUrl = new RegExp(`https?://[^\\s<>"'\`${citationOpen}]{1,2000}`, 'y')
const autolink = /<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/y
const destination = /\(\s*<?([^\s<>()]*(?:\([^\s()]*\)[^\s<>()]*)*)>?(?:\s+"[^"\n]*")?\s*\)/y

interface Opener {
  readonly mark: string
  /** Its place among the nodes. */
  readonly place: number
}

/** Reads the inside of a paragraph: a part of CommonMark, without HTML, which stays text. Time is linear. */
export function readInline(source: string, depth = 0): readonly Inline[] {
  const nodes: Inline[] = []
  let openers: Opener[] = []
  /** Lengths of runs of backticks that have no end behind here. */
  const unended = new Set<number>()
  let text = ''
  let at = 0

  const flush = () => {
    if (text !== '') nodes.push(text)
    text = ''
  }
  const push = (node: Inline, length: number) => {
    flush()
    nodes.push(node)
    at += length
  }
  const plain = (length: number) => {
    text += source.slice(at, at + length)
    at += length
  }
  const matched = (pattern: RegExp, from = at): RegExpExecArray | null => {
    pattern.lastIndex = from
    return pattern.exec(source)
  }
  const takeCode = () => {
    const length = runLength(source, at)
    let end = unended.has(length) ? -1 : source.indexOf('`'.repeat(length), at + length)
    while (end >= 0 && runLength(source, end) !== length) end = source.indexOf('`'.repeat(length), end + runLength(source, end))
    if (end < 0) {
      unended.add(length)
      return plain(length)
    }
    const inside = source.slice(at + length, end).replaceAll('\n', ' ')
    push({ kind: 'code', text: inside.startsWith(' ') && inside.endsWith(' ') && inside.trim() !== '' ? inside.slice(1, -1) : inside }, end + length - at)
  }
  const takeLink = (offset: number) => {
    const end = labelEnd(source, at + offset)
    const url = end < 0 ? undefined : matched(destination, end + 1)
    const target = url === null || url === undefined ? undefined : safeUrl(url[1] ?? '')
    // What may not be followed stays as it was written.
    if (url === null || url === undefined || target === undefined || depth >= maxDepth) return plain(offset + 1)
    const label = source.slice(at + offset + 1, end)
    push({ kind: 'link', url: target, children: label === '' ? [target] : readInline(label, depth + 1) }, end + 1 + url[0].length - at)
  }
  const takeUrl = (pattern: RegExp) => {
    const found = matched(pattern)
    const written = found === null ? '' : (found[1] ?? found[0].replace(/[.,;:!?)\]*_~]+$/, ''))
    const url = safeUrl(written)
    if (found === null || url === undefined || depth > 0) return plain(1)
    push({ kind: 'link', url, children: [written] }, found[1] === undefined ? written.length : found[0].length)
  }
  const takeEmphasis = () => {
    const character = source.charAt(at)
    const length = runLength(source, at, character === '~' ? 2 : 3)
    const before = source.charAt(at - 1)
    const behind = source.charAt(at + length)
    const isWord = (one: string) => /[\p{L}\p{N}]/u.test(one)
    const canOpen = /\S/.test(behind) && (character !== '_' || !isWord(before))
    const canClose = /\S/.test(before) && (character !== '_' || !isWord(behind))
    if (character === '~' && length < 2) return plain(1)
    const sizes = openers.at(-1)?.mark === character ? [1, 2] : [2, 1]
    const wanted = length === 3 ? sizes : [length]
    for (const size of wanted) {
      const mark = character.repeat(size)
      const last = canClose ? openers.findLastIndex((opener) => opener.mark === mark) : -1
      const opener = openers[last]
      flush()
      at += size
      if (opener !== undefined && opener.place < nodes.length - 1) {
        const children = nodes.splice(opener.place).slice(1)
        nodes.push({ kind: character === '~' ? 'strike' : size === 2 ? 'strong' : 'emphasis', children })
        openers = openers.slice(0, last)
      } else {
        if (canOpen && openers.length < maxOpeners) openers.push({ mark, place: nodes.length })
        nodes.push(mark)
      }
    }
  }
  const takeBreak = () => {
    const hard = text.endsWith('  ')
    text = text.trimEnd()
    if (hard) push({ kind: 'break' }, 1)
    else plain(1)
  }

  while (at < source.length) {
    special.lastIndex = at
    const next = special.exec(source)?.index ?? source.length
    plain(next - at)
    const character = source.charAt(at)
    if (character === '\\') {
      if (source.charAt(at + 1) === '\n') push({ kind: 'break' }, 2)
      else {
        if (/[!-/:-@[-`{-~]/.test(source.charAt(at + 1))) at++
        plain(1)
      }
    } else if (character === '`') takeCode()
    else if (character === '[') takeLink(0)
    else if (source.startsWith('![', at)) takeLink(1)
    else if (character === '!') plain(1)
    else if (character === '<') takeUrl(autolink)
    else if (character === 'h') takeUrl(bareUrl)
    else if (character === '\n') takeBreak()
    else if (character === citationOpen) {
      const found = matched(citationMark)
      if (found === null) plain(1)
      else push({ kind: 'citation', indexes: (found[1] ?? '').split(',').map(Number) }, found[0].length)
    } else if (character !== '') takeEmphasis()
  }
  flush()
  return nodes
}

function runLength(source: string, at: number, most = Infinity): number {
  const character = source.charAt(at)
  let length = 1
  while (length < most && source.charAt(at + length) === character) length++
  return length
}

/** Where the `]` is of the `[` at `from`; -1 when there is none near. */
function labelEnd(source: string, from: number): number {
  let open = 0
  for (let at = from; at < source.length && at - from < maxLabel; at++) {
    const character = source.charAt(at)
    if (character === '\\') at++
    else if (character === '[') open++
    else if (character === ']' && --open === 0) return at
  }
  return -1
}
