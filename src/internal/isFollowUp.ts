import { analyze } from './analyze.ts'

/** Words that stand for something said before. */
const pointers = new Set(
  `it its itself they them their theirs themselves this that these those he him his she her hers former latter same such there then
   above both either neither one ones other others another again instead otherwise`.split(/\s+/),
)
/** How a question goes on with the one before. */
const goesOn = /^\s*(?:and|but|so|or|also|then|what about|how about|why|why not|really|ok|okay|yes|no|more|go on|continue|for example|e\.g\.|like what)\b/i
/** With fewer words of a subject a question mostly leans on the one before. */
const leastTerms = 2

/**
 * Whether a question may need the conversation before it to be understood: it begins as one that goes on, points to something
 * (`it`, `these`), or names too little. A rule for English; in other languages short questions are follow-ups.
 */
export function isFollowUp(question: string): boolean {
  if (goesOn.test(question)) return true
  const words = question.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? []
  return words.some((word) => pointers.has(word)) || new Set(analyze(question)).size < leastTerms
}
