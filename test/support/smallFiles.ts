import { deflateSync } from 'node:zlib'
import { zipSync } from 'fflate'

/** A PDF whose pages all have this content. */
export function smallPdf(content: string | Uint8Array, pages = 1): Buffer {
  const packed = deflateSync(content)
  const kids = Array.from({ length: pages }, (_, index) => `${index + 5} 0 R`).join(' ')
  const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>'
  const objects: Buffer[] = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Kids[${kids}]/Count ${pages}>>`,
    Buffer.concat([Buffer.from(`<</Length ${packed.length}/Filter/FlateDecode>>\nstream\n`), packed, Buffer.from('\nendstream')]),
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...Array.from({ length: pages }, () => page),
  ].map((body) => Buffer.from(body))

  const parts = [Buffer.from('%PDF-1.4\n')]
  let length = parts[0]!.length
  const offsets = objects.map((body, index) => {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')])
    const offset = length
    parts.push(part)
    length += part.length
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const size = objects.length + 1
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${length}\n%%EOF`
  return Buffer.concat([...parts, Buffer.from(table)])
}

const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships'
const DOCUMENT_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml'

/** A Word document with this body. */
export function smallDocx(body: string, more: Readonly<Record<string, Uint8Array>> = {}, prologue = ''): Uint8Array {
  const word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
  const styles = '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>'
  const parts = {
    '[Content_Types].xml':
      '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>' +
      `<Override PartName="/word/document.xml" ContentType="${DOCUMENT_TYPE}"/></Types>`,
    '_rels/.rels':
      `<Relationships xmlns="${RELATIONSHIPS}"><Relationship Id="r1" Target="word/document.xml" ` +
      'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
    'word/_rels/document.xml.rels':
      `<Relationships xmlns="${RELATIONSHIPS}"><Relationship Id="r1" Target="styles.xml" ` +
      'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>',
    'word/styles.xml': `<w:styles ${word}>${styles}</w:styles>`,
    'word/document.xml': `${prologue}<w:document ${word}><w:body>${body}</w:body></w:document>`,
  }
  return zipSync({ ...Object.fromEntries(Object.entries(parts).map(([name, xml]) => [name, Buffer.from(xml)])), ...more })
}

/** A book of two chapters. */
export function smallEpub(encryption = ''): Uint8Array {
  const parts = {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>',
    'in/book.opf':
      '<package xmlns:dc="x"><metadata><dc:title>A Book</dc:title></metadata><manifest><item id="n" href="nav.xhtml" properties="nav"/>' +
      '<item id="b" href="two.xhtml"/><item id="a" href="one%20.xhtml"/></manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>',
    'in/nav.xhtml': '<html><body>contents</body></html>',
    'in/one .xhtml': '<html><body><h1>One</h1><p>first</p></body></html>',
    'in/two.xhtml': '<html><body><h2>Two</h2><p>second</p></body></html>',
    ...(encryption !== '' && {
      'META-INF/encryption.xml': `<encryption><EncryptedData>${encryption}</EncryptedData></encryption>`,
    }),
  }
  return zipSync(
    Object.fromEntries(
      Object.entries(parts).map(([name, content]) => [name, [Buffer.from(content), { level: 0 }] as const]),
    ),
  )
}
