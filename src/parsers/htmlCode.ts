import type { Attributes } from './htmlHidden.ts'
import { toFencedCode } from './toFencedCode.ts'

/** The content of a `pre` element, gathered until it ends: only then is known how long its fence must be. */
export interface HtmlCode {
  open(tag: string, attributes: Attributes): void
  addText(text: string): void
  /** True when this closes the `pre` element. */
  close(tag: string, isBlock: boolean): boolean
  /** Fenced; empty when there was nothing but blanks. */
  result(): string
}

export function createHtmlCode(attributes: Attributes): HtmlCode {
  const pieces: string[] = []
  let language = languageOf(attributes)
  let openElements = 1

  const endLine = () => {
    if (pieces.at(-1)?.endsWith('\n') === false) pieces.push('\n')
  }
  return {
    open(tag, attributes) {
      if (tag === 'pre') openElements += 1
      if (tag === 'br') pieces.push('\n')
      language ||= languageOf(attributes)
    },
    addText: (text) => void pieces.push(text),
    close(tag, isBlock) {
      if (tag === 'pre') openElements -= 1
      else if (isBlock) endLine()
      return openElements === 0
    },
    result() {
      const text = pieces.join('')
      return text.trim() === '' ? '' : toFencedCode(text, language)
    },
  }
}

function languageOf(attributes: Attributes): string {
  return /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]{1,30})/.exec(attributes['class']?.slice(0, 500) ?? '')?.[1] ?? ''
}
