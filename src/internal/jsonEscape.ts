/** How a byte of UTF-8 is written within a JSON string, where it is not written as it is. */
const escapes = Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === 0x22 || byte === 0x5c ? Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)) : undefined)
const lengths = Uint8Array.from(escapes, (escape) => escape?.length ?? 1)
/** Those that are escaped, the usual ones first. */
const escaped = [0x0a, 0x22, 0x5c, ...Array.from({ length: 0x20 }, (_, byte) => byte)]
/** From here on it is faster to look for each of them than to look at each byte. */
const long = 500

/** Length of UTF-8 as it is written within a JSON string. */
export function escapedLength(utf8: Uint8Array): number {
  if (utf8.length >= long && !escaped.some((byte) => utf8.includes(byte))) return utf8.length
  let length = 0
  for (let at = 0; at < utf8.length; at++) length += lengths[utf8[at]!]!
  return length
}

/** Writes it, for which there must be room. */
export function writeEscaped(utf8: Uint8Array, target: Uint8Array, at: number): void {
  let place = at
  for (let index = 0; index < utf8.length; index++) {
    const byte = utf8[index]!
    const escape = escapes[byte]
    if (escape === undefined) target[place++] = byte
    else {
      target.set(escape, place)
      place += escape.length
    }
  }
}
