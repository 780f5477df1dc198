/**
 * Holds back half a character at the end of a piece until its other half comes, so that pieces can be encoded one by one.
 * Half a character that never gets its other half is dropped. Make one per stream.
 */
export function wholeCharacters(): (piece: string) => string {
  let held = ''
  return (piece) => {
    const text = held + piece
    const last = text.charCodeAt(text.length - 1)
    held = last >= 0xd800 && last < 0xdc00 ? text.slice(-1) : ''
    return held === '' ? text : text.slice(0, -1)
  }
}
