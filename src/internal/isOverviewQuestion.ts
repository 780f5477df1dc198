const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/))

/** What only a whole has. */
const topics = words(`
  topic topics theme themes subject subjects overview summary summaries summarize summarise gist takeaway takeaways
  highlights outline synopsis digest contents content tldr recap`)
/** What a text does with its topics. */
const deals = words(`
  about cover covers covered contain contains contained discuss discusses discussed discussing describe describes
  described deal deals treat treats treated address addresses addressed include includes included inside talk talks
  talking`)
/** The folder, as people name it. */
const folder = words(`
  document documents doc docs file files folder folders directory data dataset corpus collection text texts material
  materials note notes page pages article articles paper papers report reports library archive information everything
  all this these it they them here those each every`)
/** What stands between and says nothing of a subject. */
const between = words(`
  what what's which whats is are was were it's do does did can could will would please give me us tell show list name of
  in on at to for from by with and or i you we have has get find there the a an my your our their main key major central
  principal primary most important general overall big broad broadly high level brief briefly short quick quickly
  concise different various some any be been idea ideas point points kind kinds sort sorts type types generally mainly
  mostly primarily together across among within into want need like know see just so one sentence sentences few
  paragraph bullet bullets up sum out looking make create write provide provided given uploaded present presented found
  appear appears both that whole entire detail base knowledge`)

/** Phrases that ask for the whole though no single word of them does. */
const wholePhrases = [
  /\b(?:main|key|central|major|most important|big) (?:points|ideas|messages|concepts)\b/,
  /\bsum (?:it |this |these |them |everything )?(?:all )?up\b/,
  /\bwhat(?:'s| is| do (?:we|you|i) have)(?: all)? (?:in (?:here|this|these|the|my|our)|here)\b/,
  /\bwhat (?:kinds?|sorts?|types?) of (?:documents?|docs|files?|texts?|data|information|material)\b/,
]

const maxLength = 300

/**
 * True for a question about the documents as a whole: "What are the main topics discussed in the documents?".
 *
 * The rule: every word is of four fixed lists, and the question names topics or a summary, or what the folder is about.
 * So a question with any other word is about that word, and is searched for: "What are the main topics of the bitcoin
 * paper?". English only.
 */
export function isOverviewQuestion(question: string): boolean {
  if (question.length > maxLength) return false
  const asked = question.toLowerCase().replaceAll('’', "'").replace(/\btl;\s?dr\b/, 'tldr')
  const found = asked.match(/[\p{L}\p{N}]+(?:'\p{L}+)?/gu) ?? []
  const has = (list: ReadonlySet<string>) => found.some((word) => list.has(word))
  const onlyKnown = found.every((word) => topics.has(word) || deals.has(word) || folder.has(word) || between.has(word))
  return onlyKnown && (has(topics) || (has(deals) && has(folder)) || wholePhrases.some((phrase) => phrase.test(asked)))
}
