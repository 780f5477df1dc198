import { decodeText } from './decodeText.ts'
import { readFrontMatter } from './frontMatter.ts'
import { markdownHeadings } from './markdownHeadings.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'

/** Markdown: the text as it is, its headings, and its front matter as metadata. The title is the front matter's, else the first heading. */
export async function parseMarkdown({ file, bytes }: ParserInput): Promise<ParsedText> {
  const { text } = await decodeText(bytes, file.path)
  const frontMatter = await readFrontMatter(text)
  const bodyStart = frontMatter?.bodyStart ?? 0
  const headings = markdownHeadings(text, bodyStart)
  const given = frontMatter?.metadata['title']
  const title = typeof given === 'string' && given.trim() !== '' ? given.trim() : headings[0]?.title
  return {
    text,
    headings,
    ...(bodyStart > 0 && { bodyStart }),
    ...(title !== undefined && { title }),
    ...(frontMatter !== undefined && { metadata: frontMatter.metadata }),
  }
}
