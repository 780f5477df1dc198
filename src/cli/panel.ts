import { cutToWidth, displayWidth } from './displayWidth.ts'
import { note, onTerminal } from './print.ts'

const redrawMs = 100
const plainMs = 5000

/** What a panel shows, asked anew each time. */
export interface PanelView {
  /** Each at most so many columns wide. */
  readonly lines: (columns: number) => readonly string[]
  /** The same in one line, for a log. */
  readonly plain: () => string
}

/** Shows where a long command stands: on a terminal a panel that is drawn over, elsewhere a line now and then. */
export interface Panel {
  /** Prints a line above the panel. */
  above(line: string): void
  /** Erases the panel, or ends the lines. */
  end(): void
}

export function createPanel(view: PanelView, quiet: boolean): Panel {
  const { stderr } = process
  const live = onTerminal(stderr)
  let drawn: readonly string[] = []

  const erase = () => {
    // A terminal that became narrower has broken long lines into several.
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / (stderr.columns || 80))), 0)
    drawn = []
    return rows === 0 ? '' : `\r\x1b[${rows}A\x1b[J`
  }
  const draw = () => {
    const before = erase()
    drawn = view.lines((stderr.columns || 80) - 1)
    stderr.write(before + drawn.map((line) => `${line}\n`).join(''))
  }
  if (quiet) return { above: note, end: () => undefined }
  const timer = live ? setInterval(draw, redrawMs) : setInterval(() => note(view.plain()), plainMs)
  timer.unref()
  return {
    above(line) {
      if (live) stderr.write(erase())
      note(line)
    },
    end() {
      clearInterval(timer)
      if (live) stderr.write(erase())
    },
  }
}

/** How far, and the same in words, over so many columns. */
export function bar(share: number, label: string, columns: number): string {
  const cells = Math.max(3, columns - label.length - 2)
  const full = Math.min(cells, Math.floor(share * cells))
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}  ${label}`
}

/** What is too wide for the terminal would be broken into two lines, of which only one is erased. */
export function fitted(line: string, columns: number): string {
  return displayWidth(line) <= columns ? line : `${cutToWidth(line, Math.max(1, columns - 1))}…`
}
