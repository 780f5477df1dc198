import { decodeText } from './decodeText.ts'
import { htmlToText } from './htmlToText.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'

/** A page's readable text. The title is the page's, else its first heading. */
export async function parseHtml({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const { text: html } = await decodeText(bytes, file.path, { declaredIn: declaredEncoding })
  const { text, headings, ...about } = await htmlToText(html, file.path, pace)
  const title = about.title || headings[0]?.title
  return {
    text,
    headings,
    ...(title !== undefined && { title }),
    metadata: {
      ...(about.language && { language: about.language }),
      ...(about.description && { description: about.description }),
    },
  }
}

/** From `<meta charset="…">`, `<meta http-equiv content="text/html; charset=…">` or `<?xml encoding="…"?>`. */
export function declaredEncoding(head: string): string | undefined {
  const meta = /<meta\s[^>]{0,500}?charset\s{0,10}=\s{0,10}["']?([\w.:-]{1,40})/i.exec(head)
  return (meta ?? /^\s*<\?xml\s[^>]{0,200}?encoding\s{0,10}=\s{0,10}["']([\w.:-]{1,40})/i.exec(head))?.[1]
}
