/** A fenced block of a Markdown file. */
export interface CodeBlock {
  readonly language: string
  readonly text: string
  /** 1-based line of the opening fence. */
  readonly line: number
  /** The comment right above the fence: `<!-- prints -->`. */
  readonly comment?: string
}

const block = /^(?:<!-- (?<comment>.*) -->\n)?(?<fence>`{3,})(?<language>\w*)\n(?<text>[\s\S]*?)^\k<fence>$/gm

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(block)].map(({ index, groups = {} }) => {
    const { comment, language = '', text = '' } = groups
    const line = markdown.slice(0, index).split('\n').length + (comment === undefined ? 0 : 1)
    return { language, text, line, ...(comment === undefined ? {} : { comment }) }
  })
}

/** The file with other text in the block that begins on a line. */
export function withBlockText(markdown: string, line: number, text: string): string {
  const lines = markdown.split('\n')
  const [fence = '```'] = /^`+/.exec(lines[line - 1] ?? '') ?? []
  return [...lines.slice(0, line), ...text.trimEnd().split('\n'), ...lines.slice(lines.indexOf(fence, line))].join('\n')
}
