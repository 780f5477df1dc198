import { type Observable, defer, ignoreElements, timer } from 'rxjs'
import { writeTo } from '../../internal/writeTo.ts'
import { environment } from '../environment.ts'
import { onTerminal } from '../print.ts'
import { createWrap } from './wrap.ts'

export interface StageOptions {
  /** A fifth of all delays. */
  readonly fast?: boolean
  /** Default `process.stdout`. */
  readonly output?: NodeJS.WriteStream
}

/** Where the demo is shown: how wide, in which colours, how fast. */
export interface Stage {
  /** Columns of the longest line. */
  readonly width: number
  /** True on a terminal with colours; elsewhere nothing is sent but plain lines. */
  readonly isLive: boolean
  readonly paint: Readonly<Record<keyof typeof styles, (text: string) => string>>
  /** A delay of the simulated model: shorter where nobody watches. */
  paced(milliseconds: number): number
  /** Prints as it is. */
  write(text: string): void
  /** Prints a paragraph: its first line begins with `first`, all others with `rest`. */
  print(text: string, first?: string, rest?: string): void
  /** When it is subscribed to, prints a blank line and a paragraph, and leaves time to read. */
  say(text: string, readMs?: number, first?: string): Observable<never>
  /** Time to read; none where nobody watches. */
  pause(readMs: number): Observable<never>
}

/** Before what stands under a heading. */
export const indent = '   '

const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const

export function createStage({ fast = false, output = process.stdout }: StageOptions = {}): Stage {
  const isTerminal = onTerminal(output)
  const isLive = isTerminal && !environment.noColor() && environment.terminal() !== 'dumb'
  const pace = (isTerminal ? 1 : 0.25) * (fast ? 0.2 : 1)

  const paint = ([on, off]: readonly [number, number]) => (text: string) => (isLive ? `\x1b[${on}m${text}\x1b[${off}m` : text)
  const stage: Stage = {
    // A line that is as long as the terminal is wide leaves the cursor behind its end.
    get width() {
      return Math.max(20, Math.min(80, output.columns || 80) - 1)
    },
    isLive,
    paint: { bold: paint(styles.bold), dim: paint(styles.dim), red: paint(styles.red), green: paint(styles.green) },
    paced: (milliseconds) => milliseconds * pace,
    write(text) {
      if (text === '') return
      // A few kilobytes in all need not wait for room; a reader that has gone is noticed at the next write.
      writeTo(output, text)?.catch(() => undefined)
    },
    print(text, first = indent, rest = first) {
      const lines = createWrap(stage.width, first, rest)
      stage.write(lines.push(text) + lines.end())
    },
    say: (text, readMs = 0, first = indent) =>
      defer(() => {
        stage.write('\n')
        stage.print(text, first)
        return stage.pause(readMs)
      }),
    pause: (readMs) => timer(isTerminal ? readMs * pace : 0).pipe(ignoreElements()),
  }
  return stage
}
