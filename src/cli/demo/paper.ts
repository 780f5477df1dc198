import { Writable } from 'node:stream'
import type { Stage } from './stage.ts'
import { createWrap } from './wrap.ts'

/** What an answer is written on, by `toStdout` for example. */
export interface Paper {
  readonly stream: Writable
  /** Prints the last word, though more of it may come: what comes next begins on a new line. */
  lift(): void
}

/** Lays the text that is written to it out on the stage, with `prefix` before each line. */
export function createPaper(stage: Stage, prefix: string): Paper {
  const lines = createWrap(stage.width, prefix)
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      stage.write(lines.push(text))
      done()
    },
  })
  return { stream, lift: () => stage.write(lines.end()) }
}
