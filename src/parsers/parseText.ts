import { decodeText } from './decodeText.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'

/** Plain text and source code: as it is, line ends too. */
export async function parseText({ file, bytes }: ParserInput): Promise<ParsedText> {
  const { text, encoding } = await decodeText(bytes, file.path)
  return { text, ...(encoding !== 'utf-8' && { metadata: { encoding } }) }
}
