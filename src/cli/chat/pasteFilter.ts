import { Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Tells a terminal to mark what is pasted, and to stop that. */
export const markPastes = '\x1b[?2004h'
export const unmarkPastes = '\x1b[?2004l'
/** Stands for a line end in a text that is edited on one line. */
export const lineEnd = '⏎'

const begin = '\x1b[200~'
const end = '\x1b[201~'

/** Keystrokes, with the line ends of a pasted text as a sign of their own: so it is one question, and Enter sends it. */
export function pasteFilter(): Transform {
  // A long paste comes in several reads, cut anywhere: in the middle of a character too.
  const decoder = new StringDecoder('utf8')
  let inPaste = false
  let rest = ''
  return new Transform({
    transform(bytes: Buffer, _, done) {
      let text = rest + decoder.write(bytes)
      rest = ''
      let out = ''
      while (text !== '') {
        const mark = inPaste ? end : begin
        const at = text.indexOf(mark)
        const held = at < 0 ? beginningOf(mark, text) : 0
        const passed = at < 0 ? text.slice(0, text.length - held) : text.slice(0, at)
        out += inPaste ? passed.replace(/\r\n|\r|\n/g, lineEnd) : passed
        rest = at < 0 ? text.slice(text.length - held) : ''
        text = at < 0 ? '' : text.slice(at + mark.length)
        if (at >= 0) inPaste = !inPaste
      }
      // A lone Escape is a key.
      if (rest === '\x1b') {
        out += rest
        rest = ''
      }
      done(null, out)
    },
  })
}

/** How many characters at the end of a text may be the beginning of a mark. */
function beginningOf(mark: string, text: string): number {
  for (let length = Math.min(mark.length - 1, text.length); length > 0; length--) if (text.endsWith(mark.slice(0, length))) return length
  return 0
}
