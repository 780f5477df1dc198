import { SkippedError } from '../errors.ts'
import type { Pace } from '../internal/createPace.ts'
import { htmlToText } from './htmlToText.ts'
import type { ParsedText, ParserInput } from './parsedText.ts'
import { readZip } from './readZip.ts'
import { checkXml } from './checkXml.ts'
import { xmlText } from './xmlText.ts'

/** Pictures, fonts and macros are never unpacked. */
const WANTED = /^(?:\[Content_Types\]\.xml|docProps\/core\.xml|(?:_rels|word)\/[^/]*(?:\.xml|\.rels)|word\/_rels\/[^/]*\.rels)$/

/** Word's own titles are headings for us; `mammoth` knows the rest. */
const STYLES = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"]

/** A Word document: headings, paragraphs, lists, tables and notes, by way of HTML. The title is the file's own, else its first heading. */
export async function parseDocx({ file, bytes, pace }: ParserInput): Promise<ParsedText> {
  const parts = await readZip(bytes, file.path, (entry) => WANTED.test(entry))
  const html = await toHtml(parts, file.path, pace)
  const { text, headings } = await htmlToText(html, file.path, pace)
  const title = (await xmlText(parts.get('docProps/core.xml'), 'dc:title')) || headings[0]?.title
  return { text, headings, ...(title !== undefined && { title }) }
}

async function toHtml(parts: ReadonlyMap<string, Uint8Array>, name: string, pace: Pace): Promise<string> {
  for (const part of parts.values()) {
    await checkXml(part, name, pace)
  }
  const { zipSync } = await import('fflate')
  const { default: mammoth } = await import('mammoth').catch((error: unknown) => {
    throw new SkippedError('unsupported', `${name} needs the package "mammoth", which is not installed`, { cause: error })
  })
  const archive = Buffer.from(zipSync(Object.fromEntries(parts), { level: 0 }))
  const noPictures = mammoth.images.imgElement(() => Promise.resolve({ src: '' }))
  const { value } = await mammoth.convertToHtml(
    { buffer: archive },
    { styleMap: STYLES, convertImage: noPictures, includeEmbeddedStyleMap: false },
  )
  // The arrow is mammoth's link from a note back to its place.
  return value.replace(/ ?<a href="#[\w-]{0,100}">↑<\/a>/g, '')
}
