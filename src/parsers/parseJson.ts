import { decodeText } from './decodeText.ts'
import { jsonToText, parseJsonText } from './jsonToText.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'

/** JSON as `path: value` lines. What is no strict JSON (comments, a value a line) is kept as the text that it is. */
export async function parseJson({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const { text } = await decodeText(bytes, file.path)
  const parsed = tryParse(text)
  if (parsed === undefined) return { text, metadata: { format: 'text' } }
  await pace.breathe()
  const title = titleOf(parsed.value)
  return { text: jsonToText(parsed.value, file.path), ...(title !== undefined && { title }) }
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJsonText(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function titleOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('title' in value)) return undefined
  return typeof value.title === 'string' && value.title.trim() !== '' ? value.title.trim() : undefined
}
