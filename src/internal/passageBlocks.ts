import type { ScoredPassage } from '../types/document.ts'

/**
 * The passages as numbered blocks for a prompt. The delimiter is one that stands in no passage and not in the question,
 * whatever they hold, so a passage cannot end its block early or begin another.
 *
 * @param question All else that stands in the prompt and may hold what looks like a delimiter.
 * @param firstNumber The number of the first passage.
 */
export function passageBlocks(passages: readonly ScoredPassage[], question: string, firstNumber = 1): string {
  if (passages.length === 0) return '(none found)'
  const tag = unusedTag([question, ...passages.map(({ text }) => text)])
  return passages
    .map((passage, index) => `<${tag} number="${index + firstNumber}" from="${origin(passage)}">\n${passage.text}\n</${tag}>`)
    .join('\n\n')
}

/** `passage`, or else the first `passage-n` that no text mentions. */
function unusedTag(texts: readonly string[]): string {
  const used = new Set(texts.flatMap((text) => text.toLowerCase().match(/<\s*\/?\s*passage(?:-\d+)?/g) ?? []).map((tag) => tag.replace(/[<\s/]/g, '')))
  if (used.size === 0) return 'passage'
  let number = 2
  while (used.has(`passage-${number}`)) number++
  return `passage-${number}`
}

/** Title or id, and headings; nothing in it can leave the attribute. */
function origin({ title, documentId, headings }: ScoredPassage): string {
  const names = [title ?? documentId, ...headings].map((name) => name.replace(/[\p{Cc}\s"<>]+/gu, ' ').trim())
  return names.join(' > ').slice(0, 200).toWellFormed()
}
