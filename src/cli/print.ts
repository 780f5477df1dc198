import { harmlessText } from '../internal/harmlessText.ts'
import { environment } from './environment.ts'

/** True when the stream is a terminal: the only place for colour, links and progress. */
export function onTerminal(stream: NodeJS.WriteStream = process.stderr): boolean {
  return stream.isTTY
}

/** A line for people, on standard error. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** Grey on a terminal that may have colour. */
export function dim(text: string, stream: NodeJS.WriteStream = process.stderr): string {
  return onTerminal(stream) && !environment.noColor() ? `\x1b[2m${text}\x1b[22m` : text
}

/** Names of files and headings come from outside: shown, never obeyed, and on one line. */
export function safe(text: string): string {
  return harmlessText()(text).replace(/\s+/g, ' ').trim()
}

/** A link that terminals open, where they are known to; else the text alone. */
export function link(text: string, uri: string | undefined, stream: NodeJS.WriteStream = process.stderr): string {
  if (uri === undefined || !onTerminal(stream) || !opensLinks()) return text
  // oxlint-disable-next-line no-control-regex
  const target = uri.replace(/[\x00-\x20\x7f-\uffff]/g, (character) => encodeURIComponent(character))
  return `\x1b]8;;${target}\x1b\\${text}\x1b]8;;\x1b\\`
}

function opensLinks(): boolean {
  const terminal = environment.terminal()
  return terminal !== undefined && terminal !== 'dumb' && terminal !== 'linux' && environment.terminalProgram() !== 'Apple_Terminal'
}
