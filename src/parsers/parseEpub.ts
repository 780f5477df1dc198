import { posix } from 'node:path'
import { SkippedError } from '../errors.ts'
import type { Heading } from '../types/document.ts'
import { decodeText } from './decodeText.ts'
import { htmlToText } from './htmlToText.ts'
import { declaredEncoding } from './parseHtml.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'
import { readZip } from './readZip.ts'
import { xmlAttributes } from './xmlAttributes.ts'
import { xmlText } from './xmlText.ts'

const FONT_ALGORITHMS = /^http:\/\/(?:www\.idpf\.org\/2008\/embedding|ns\.adobe\.com\/pdf\/enc#RC)$/

/** A book: its chapters in reading order, as one text. */
export async function parseEpub({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const parts = await readZip(bytes, file.path, (entry) => /\.(?:opf|xml|xhtml|html|htm)$/i.test(entry))
  const methods = await xmlAttributes(parts.get('META-INF/encryption.xml'), 'EncryptionMethod')
  if (methods.some(({ Algorithm = '' }) => !FONT_ALGORITHMS.test(Algorithm)))
    throw new SkippedError('encrypted', `${file.path} is protected`)

  const [root] = await xmlAttributes(parts.get('META-INF/container.xml'), 'rootfile')
  const packagePath = root?.['full-path'] ?? ''
  const packageFile = parts.get(packagePath)
  if (packageFile === undefined) throw new SkippedError('damaged', `${file.path} is no book: its table of parts is missing`)

  // The table of contents says nothing that its chapters do not.
  const items = (await xmlAttributes(packageFile, 'item')).filter(({ properties = '' }) => !properties.split(' ').includes('nav'))
  const hrefs = new Map(items.map(({ id, href }) => [id, href]))
  const headings: Heading[] = []
  const chapters: string[] = []
  let length = 0
  for (const { idref } of await xmlAttributes(packageFile, 'itemref')) {
    const part = parts.get(partName(packagePath, hrefs.get(idref) ?? ''))
    if (part === undefined) continue
    const { text: html } = await decodeText(part, file.path, { declaredIn: declaredEncoding })
    const chapter = await htmlToText(html, file.path, pace)
    if (chapter.text === '') continue
    headings.push(...chapter.headings.map((heading) => ({ ...heading, start: heading.start + length })))
    chapters.push(chapter.text)
    length += chapter.text.length + 2
  }
  const title = (await xmlText(packageFile, 'dc:title')) || headings[0]?.title
  return { text: chapters.join('\n\n'), headings, ...(title !== undefined && { title }) }
}

function partName(packagePath: string, href: string): string {
  const path = href.split('#', 1)[0]!
  try {
    return posix.join(posix.dirname(packagePath), decodeURIComponent(path))
  } catch {
    return posix.join(posix.dirname(packagePath), path)
  }
}
