// oxlint-disable-next-line no-misleading-character-class
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const widthless = /[\p{Mn}\p{Me}\p{Cf}]/u

/** Columns that a text takes on a terminal: two for Chinese, Japanese and Korean characters and emoji, none for marks on the one before. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += widthOf(character)
  return width
}

/** As much of the beginning as fits into so many columns. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0
  let end = 0
  for (const character of text) {
    width += widthOf(character)
    if (width > columns) return text.slice(0, end)
    end += character.length
  }
  return text
}

function widthOf(character: string): number {
  if (character < '\u0300') return 1
  if (widthless.test(character)) return 0
  return wide.test(character) ? 2 : 1
}
