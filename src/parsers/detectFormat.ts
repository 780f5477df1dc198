import { SkippedError } from '../errors.ts'

export type Format = 'text' | 'code' | 'markdown' | 'html' | 'csv' | 'json' | 'jsonl' | 'notebook' | 'pdf' | 'docx' | 'epub'

const EXTENSIONS: Readonly<Record<Exclude<Format, 'text'>, string>> = {
  markdown: 'md markdown mdown mkd mdx qmd rmd',
  html: 'html htm xhtml',
  csv: 'csv tsv tab',
  json: 'json geojson jsonld webmanifest',
  jsonl: 'jsonl ndjson',
  notebook: 'ipynb',
  pdf: 'pdf',
  docx: 'docx docm dotx',
  epub: 'epub',
  code:
    'astro bash bat c cc cjs clj cljs cmake cpp cs css cts cu cxx d dart diff dockerfile el elm erl ex exs f90 fish fs fsx go gradle groovy h hcl hh hpp hs ' +
    'ini java jl js json5 jsonc jsx kt kts less lisp lua m makefile ml mli mm mts nim nix patch php pl pm proto ps1 py pyi r rb rs sass scala scm scss sh sol ' +
    'sql svelte swift tcl tf toml ts tsx v vb vim vue wgsl xml xsd xsl yaml yml zig zsh',
}

const FORMATS: ReadonlyMap<string, Format> = new Map(
  Object.entries(EXTENSIONS).flatMap(([format, names]) => names.split(' ').map((name) => [name, format as Format] as const)),
)

/** The first bytes of formats that are no text for us, each with what to call it. */
const MAGIC: readonly (readonly [bytes: string, what: string])[] = [
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['GIF8', 'a picture'],
  ['\x1f\x8b', 'compressed'],
  ['BZh', 'compressed'],
  ['\xfd7zXZ\0', 'compressed'],
  ['\x28\xb5\x2f\xfd', 'compressed'],
  ['7z\xbc\xaf\x27\x1c', 'compressed'],
  ['Rar!\x1a', 'compressed'],
  ['\x7fELF', 'a program'],
  ['\0asm', 'a program'],
  ['SQLite format 3\0', 'a database'],
]

/** Lower-case extension; a name without one, such as `Makefile`, is its own. */
export function extensionOf(path: string): string {
  return /([^./\\]*)$/.exec(path)![1]!.toLowerCase()
}

/** What the name says, without a look inside. */
export function formatByName(path: string): Format {
  return FORMATS.get(extensionOf(path)) ?? 'text'
}

/**
 * Picks a file's format by its name and its first bytes; where they disagree the bytes win.
 *
 * @throws SkippedError with the reason, for what cannot be read as text.
 */
export function detectFormat(path: string, bytes: Uint8Array): Format {
  const named = formatByName(path)
  const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1')
  if (head.startsWith('%PDF-') || (named === 'pdf' && head.includes('%PDF-'))) return 'pdf'
  if (head.startsWith('PK\x03\x04')) return zipFormat(path, bytes)
  if (head.startsWith('PK\x05\x06')) throw new SkippedError('damaged', `${path} is an empty archive`)
  if (head.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) throw oldOffice(path, bytes)
  if (head.startsWith('{\\rtf'))
    throw new SkippedError('unsupported', `${path} is RTF, which is not read: save it as DOCX or text`)
  const magic = MAGIC.find(([start]) => head.startsWith(start))
  if (magic !== undefined) throw new SkippedError('binary', `${path} is no text: ${magic[1]}`)

  if (named === 'pdf' || named === 'docx' || named === 'epub' || named === 'text') {
    if (named !== 'text' && head.includes('\0'))
      throw new SkippedError('damaged', `${path} is no ${named.toUpperCase()} file, or its start is missing`)
    return /^(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)\b/i.test(head) ? 'html' : 'text'
  }
  return named
}

/** The names of an archive's entries stand in it as plain bytes, the directory at its end. */
function zipFormat(path: string, bytes: Uint8Array): Format {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const has = (name: string) => archive.includes(name, 0, 'latin1')
  if (has('word/document.xml')) return 'docx'
  if (has('application/epub+zip') && has('META-INF/container.xml')) return 'epub'
  if (has('xl/workbook.xml') || has('ppt/presentation.xml') || has('application/vnd.oasis.opendocument')) {
    throw new SkippedError('unsupported', `${path} is an office format that is not read: save it as PDF, DOCX or CSV`)
  }
  throw new SkippedError('binary', `${path} is no text: an archive`)
}

/** A password turns DOCX into the container of the old formats, with a part of this name in UTF-16. */
function oldOffice(path: string, bytes: Uint8Array): SkippedError {
  const name = Buffer.from('EncryptedPackage', 'utf16le')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(name)
    ? new SkippedError('encrypted', `${path} is protected by a password`)
    : new SkippedError('unsupported', `${path} is of an old office format that is not read: save it as DOCX or PDF`)
}
