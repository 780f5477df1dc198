import { note, onTerminal } from '../print.ts'
import { type PanelState, panelLines, plainLine } from './panelLines.ts'

const redrawMs = 100
const plainMs = 5000

/** Shows where a batch stands: on a terminal a panel that is drawn over, elsewhere a line now and then. */
export interface Panel {
  /** Erases the panel, or ends the lines. */
  end(): void
}

export function createPanel(state: () => PanelState, quiet: boolean): Panel {
  const { stderr } = process
  const live = onTerminal(stderr)
  let drawn: readonly string[] = []

  const erase = () => {
    // A terminal that became narrower has broken long lines into several.
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / (stderr.columns || 80))), 0)
    drawn = []
    return rows === 0 ? '' : `\r\x1b[${rows}A\x1b[J`
  }
  const draw = () => {
    const before = erase()
    drawn = panelLines(state(), (stderr.columns || 80) - 1)
    stderr.write(before + drawn.map((line) => `${line}\n`).join(''))
  }
  if (quiet) return { end: () => undefined }
  const timer = live ? setInterval(draw, redrawMs) : setInterval(() => note(plainLine(state())), plainMs)
  timer.unref()
  return {
    end() {
      clearInterval(timer)
      if (live) stderr.write(erase())
    },
  }
}
