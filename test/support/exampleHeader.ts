/** What the first lines of an example promise. */
export interface ExampleHeader {
  /** As a reader types it: `node examples/ask.ts "…"`. */
  readonly command: string
  readonly prints: string
  /** False for "Prints, in any order:". */
  readonly ordered: boolean
}

/** Header: comment lines; an indented `node …` is the command, and what follows `Prints:` is the output, indented by three. */
const header = /^(?:\/\/ .*\n)+?\/\/ {3}(?<command>node .*)\n(?:\/\/ (?! ).*\n)*?\/\/ Prints(?<anyOrder>, in any order)?:\n(?<prints>(?:\/\/(?: {3}.*)?\n)*)/

export function readExampleHeader(source: string): ExampleHeader {
  const { command, anyOrder, prints } = header.exec(source)?.groups ?? {}
  if (command === undefined || prints === undefined) throw new Error('Expected a header with "//   node …" and "// Prints:"')
  return { command, ordered: anyOrder === undefined, prints: prints.replace(/^\/\/(?: {3})?/gm, '') }
}

/** The source with this output in its header. */
export function withPrints(source: string, prints: string): string {
  const lines = prints.replace(/\n$/, '').split('\n').map((line) => (line === '' ? '//' : `//   ${line}`))
  return source.replace(header, (whole, ...rest) => {
    const { prints: before = '' } = rest.at(-1) as { prints?: string }
    return `${whole.slice(0, whole.length - before.length)}${lines.join('\n')}\n`
  })
}
