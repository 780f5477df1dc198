import type { PdfLine } from './pdfLines.ts'

/** What programs write into a PDF when its author gave no title. */
const NO_TITLE =
  /^(?:untitled|title|document\d*|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|tex|dvi|indd|pdf|pptx?|xlsx?|qxd|rtf|odt))$/i

/** The given title when it says something, else the largest lines at the head of the first page when they stand out. */
export function pdfTitle(given: string, firstPage: readonly PdfLine[]): string | undefined {
  const title = given.replace(/\s+/g, ' ').trim().slice(0, 300)
  if (title !== '' && !NO_TITLE.test(title)) return title

  const heights = firstPage.map((line) => line.height).toSorted((a, b) => a - b)
  const usual = heights[Math.floor(heights.length / 2)] ?? 0
  const largest = heights.at(-1) ?? 0
  if (largest < usual * 1.2) return undefined
  const first = firstPage.findIndex((line) => line.height === largest)
  const behind = firstPage.findIndex((line, index) => index > first && line.height !== largest)
  const found = firstPage
    .slice(first, behind < 0 ? undefined : behind)
    .map((line) => line.text)
    .join(' ')
  return found.length >= 4 && found.length <= 200 ? found : undefined
}
