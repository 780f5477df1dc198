import { type Interface, createInterface } from 'node:readline'
import { lineEnd, markPastes, pasteFilter, unmarkPastes } from './pasteFilter.ts'

/** Ctrl-C at an empty line. */
export const interrupted = Symbol('interrupted')
/** Ctrl-C takes back what was typed, with all its lines. */
const takenBack = Symbol('taken back')
type Line = string | typeof interrupted | typeof takenBack | undefined

/** Where the questions come from. */
export interface QuestionReader {
  readonly isTerminal: boolean
  /** The next question, with all its lines; undefined at the end. */
  next(): Promise<string | typeof interrupted | undefined>
}

/** Lines that come together were pasted into a terminal that does not say so. */
const pasteMs = 20
const maxHistory = 200

export function openQuestions(): QuestionReader {
  return process.stdin.isTTY ? fromTerminal() : fromPipe()
}

/** A line a question. */
function fromPipe(): QuestionReader {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })[Symbol.asyncIterator]()
  return {
    isTerminal: false,
    async next() {
      const { done, value } = await lines.next()
      return done === true ? undefined : value
    },
  }
}

/** With line editing and history. The terminal is only held while a question is typed: during an answer Ctrl-C is a signal. */
function fromTerminal(): QuestionReader {
  let history: string[] = []

  const readLine = (prompt: string): Promise<Line> =>
    new Promise((resolve) => {
      const keys = Object.assign(pasteFilter(), { isTTY: true, setRawMode: (raw: boolean) => process.stdin.setRawMode(raw) })
      process.stdin.pipe(keys)
      process.stderr.write(markPastes)
      const reader: Interface = createInterface({ input: keys, output: process.stderr, terminal: true, prompt, history, historySize: maxHistory, removeHistoryDuplicates: true })
      const lines: string[] = []
      let over = false
      const finish = (line: Line) => {
        if (over) return
        over = true
        process.stdin.unpipe(keys)
        process.stderr.write(unmarkPastes)
        reader.close()
        process.stdin.pause()
        resolve(line)
      }
      reader.on('history', (entries: string[]) => (history = [...entries]))
      reader.on('line', (line) => {
        if (lines.push(line) === 1) setTimeout(() => finish(lines.join('\n').replaceAll(lineEnd, '\n')), pasteMs)
      })
      reader.on('SIGINT', () => {
        process.stderr.write('\n')
        finish(reader.line === '' ? interrupted : takenBack)
      })
      // Back from Ctrl-Z, which paused it; the shell has used the terminal meanwhile.
      reader.on('SIGCONT', () => {
        process.stderr.write(markPastes)
        reader.prompt(true)
      })
      reader.on('close', () => finish(undefined))
      reader.prompt()
    })

  return {
    isTerminal: true,
    async next() {
      let question = await readLine('> ')
      // A backslash at the end: the question goes on.
      while (typeof question === 'string' && question.endsWith('\\')) {
        const more = await readLine('… ')
        question = typeof more === 'string' ? `${question.slice(0, -1)}\n${more}` : more === interrupted ? takenBack : more
      }
      return question === takenBack ? '' : question
    },
  }
}
