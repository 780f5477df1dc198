/** Labels by which the encoding standard means a larger set than the label's own. */
const MEANT: Readonly<Record<string, string>> = {
  ascii: 'windows-1252',
  'us-ascii': 'windows-1252',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'iso-8859-9': 'windows-1254',
  'iso-8859-11': 'windows-874',
  'tis-620': 'windows-874',
  gb2312: 'gb18030',
  gbk: 'gb18030',
}

/** What the bytes 0x80 to 0x9F are in windows-1252; five of them are control characters. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/**
 * Decodes encodings from before Unicode; `undefined` when the label is not known.
 * windows-1252 by a table of our own: the decoder of older Nodes errs in 0x80 to 0x9F.
 */
export async function decodeLegacy(bytes: Uint8Array, label: string): Promise<string | undefined> {
  const encoding = MEANT[label] ?? label
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (encoding === 'windows-1252' || encoding === 'cp1252') {
    return buffer.toString('latin1').replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80]!)
  }
  const { default: iconv } = await import('iconv-lite')
  if (!/^(?:base64|hex|binary|ucs|utf|internal)/.test(encoding) && iconv.encodingExists(encoding))
    return iconv.decode(buffer, encoding)
  try {
    return new TextDecoder(encoding).decode(bytes)
  } catch {
    return undefined
  }
}
