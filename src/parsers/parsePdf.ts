import { SkippedError } from '../errors.ts'
import { openPdf } from './openPdf.ts'
import { MAX_TEXT_LENGTH, type ParsedText, type ParserInput } from './parsedText.ts'
import { joinPdfLines, type PdfLine, toPdfLines } from './pdfLines.ts'
import { pdfTitle } from './pdfTitle.ts'

const MAX_PAGES = 10_000
const MAX_LINES = 2_000_000

/**
 * A PDF's text, page after page, and where each page begins. Words parted at a line's end are put together again.
 * The title is the file's own, else the first page's largest line.
 *
 * @throws SkippedError `encrypted`, `damaged`, `too-large`, `too-slow`, and `unsupported` when there is no text in it (scanned pages).
 */
export async function parsePdf({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const pdf = await openPdf(bytes, file.path, pace)
  try {
    if (pdf.pages > MAX_PAGES)
      throw new SkippedError('too-large', `${file.path} has ${pdf.pages} pages, the limit is ${MAX_PAGES}`)
    const pages: PdfLine[][] = []
    let lines = 0
    for (let number = 1; number <= pdf.pages; number += 1) {
      const page = toPdfLines(await pdf.readPage(number))
      pages.push(page)
      lines += page.length
      if (lines > MAX_LINES) throw new SkippedError('too-large', `${file.path} has more than ${MAX_LINES} lines`)
      await pace.breathe()
    }
    if (lines === 0) throw new SkippedError('unsupported', `${file.path} holds no text: its pages may be scanned pictures`)
    const title = pdfTitle(await pdf.readTitle(), pages[0] ?? [])
    return { ...joinPages(pages, file.path), ...(title !== undefined && { title }) }
  } finally {
    pdf.close()
  }
}

function joinPages(pages: readonly PdfLine[][], name: string): Pick<ParsedText, 'text' | 'pages' | 'metadata'> {
  const words = new Set<string>()
  for (const line of pages.flat()) for (const [word] of line.text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}-]*/gu)) words.add(word)
  const texts: string[] = []
  const starts: number[] = []
  let length = 0
  for (const page of pages) {
    starts.push(length)
    const text = joinPdfLines(page, (word) => words.has(word))
    texts.push(text)
    length += text.length + 2
    if (length > MAX_TEXT_LENGTH) throw new SkippedError('too-large', `${name} would be too long as text`)
  }
  return { text: texts.join('\n\n'), pages: starts, metadata: { pages: pages.length } }
}
