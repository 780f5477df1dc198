import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Completion } from '../../types/completion.ts'

/** A line for each passage that the answer cites: its number, where it is below `folder`, its headings. */
export function citedSources({ text, sources }: Completion, folder: string): string[] {
  return sources.flatMap(({ uri, documentId, line, headings }, index) => {
    const marker = `[${index + 1}]`
    if (!text.includes(marker)) return []
    const path = uri === undefined ? documentId : relative(folder, fileURLToPath(uri))
    return [`${marker} ${path}:${line}  ${headings.join(' > ')}`]
  })
}
