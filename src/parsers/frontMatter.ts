import { toMetadata } from '../internal/toMetadata.ts'
import type { Metadata } from '../types/document.ts'

export interface FrontMatter {
  readonly metadata: Metadata
  /** Offset of the first character behind it. */
  readonly bodyStart: number
}

const MAX_LENGTH = 64 * 1024

/**
 * The YAML between `---` lines at the very beginning of a text, or nothing when there is none.
 * Read by the core schema: no code, no custom types, at most 100 aliases. What is no valid YAML is read line by line as `key: value`.
 */
export async function readFrontMatter(text: string): Promise<FrontMatter | undefined> {
  const open = /^---[ \t]*\r?\n/.exec(text.slice(0, 128))
  if (open === null) return undefined
  const head = text.slice(open[0].length, open[0].length + MAX_LENGTH)
  const close = /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/m.exec(head)
  if (close === null) return undefined

  const source = head.slice(0, close.index)
  const values = source.trim() === '' ? {} : ((await parseYaml(source)) ?? parseKeyLines(source))
  return values === undefined
    ? undefined
    : { metadata: toMetadata(values), bodyStart: open[0].length + close.index + close[0].length }
}

async function parseYaml(source: string): Promise<object | undefined> {
  const { parse } = await import('yaml')
  try {
    const value: unknown = parse(source, { schema: 'core', maxAliasCount: 100, logLevel: 'error', prettyErrors: false })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Enough for titles with a colon in them, the usual mistake. A block without a single such line is no front matter. */
function parseKeyLines(source: string): Record<string, string> | undefined {
  const pairs = source.split('\n').flatMap((line) => {
    const pair = /^([\p{L}_][\p{L}\p{N}_-]{0,63}):(?:[ \t]+(\S.*))?$/u.exec(line.trimEnd())
    return pair === null ? [] : [[pair[1]!, pair[2] ?? ''] as const]
  })
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}
