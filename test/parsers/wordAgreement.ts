/** How many words of one text are found in another, each as often as it stands there. */
export interface WordAgreement {
  /** Share of the reference's words that the text has. */
  readonly recall: number
  /** Share of the text's words that the reference has. */
  readonly precision: number
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

export function wordAgreement(text: string, reference: string): WordAgreement {
  const words = wordsOf(text)
  const wanted = wordsOf(reference)
  const left = new Map<string, number>()
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of words) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    shared += 1
    left.set(word, count - 1)
  }
  return { recall: wanted.length === 0 ? 1 : shared / wanted.length, precision: words.length === 0 ? 1 : shared / words.length }
}
