import { type OperatorFunction, defer, finalize, ignoreElements, last, tap } from 'rxjs'
import type { Stage } from './stage.ts'
import { lengthOf } from './wrap.ts'

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'
const eraseRest = '\x1b[K'

/**
 * Draws each picture over the one before, with the cursor hidden until it ends or is dropped. Where nothing can be drawn over,
 * only the last picture is printed.
 */
export function redraw(stage: Stage): OperatorFunction<readonly string[], never> {
  if (!stage.isLive) {
    const print = (lines: readonly string[]) => stage.write(lines.map((line) => `${line}\n`).join(''))
    return (pictures) => pictures.pipe(last(), tap(print), ignoreElements())
  }
  return (pictures) =>
    defer(() => {
      let drawn: readonly string[] = []
      const draw = (lines: readonly string[]) => {
        // A terminal that became narrower has broken long lines into several.
        const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(lengthOf(line) / (stage.width + 1))), 0)
        const back = rows === 0 ? '' : `\r\x1b[${rows}A`
        stage.write(hideCursor + back + lines.map((line) => `${line}${eraseRest}\n`).join(''))
        drawn = lines
      }
      return pictures.pipe(tap(draw), finalize(() => stage.write(showCursor)), ignoreElements())
    })
}
