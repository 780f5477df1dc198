import type { ScoredPassage } from '../../types/document.ts'
import { originOf } from './originOf.ts'
import type { OutlineEntry } from './outlineOf.ts'
import { type Piece, citation, label, text } from './pieces.ts'
import { folded } from './unitsOf.ts'

const maxTopic = 60

/** The outline as a Markdown list: topics, where they stand, a quoted sentence, its marker. */
export function* writeOutline(
  entries: readonly OutlineEntry[],
  passages: readonly ScoredPassage[],
  documents: number,
): Generator<Piece> {
  const quotedDocuments = new Set(entries.map(({ passage }) => passages[passage]?.documentId)).size
  const span = quotedDocuments < documents ? `a sample of ${quotedDocuments} of ${documents} documents` : counted(documents)
  yield text(`${label}\n\nTopics of ${span}, each with a sentence from it:\n\n`)
  for (const { topics, passage: index, quoted } of entries) {
    const passage = passages[index]
    if (passage === undefined) continue
    const origin = originOf(passage, [])
    const named = topics.filter((topic) => topic !== passage.title).map(shortened).join(', ')
    yield text(`- ${named === '' ? origin : `**${named}** — ${origin}`}: `)
    yield text(`${quoted.cutBefore ? '… ' : ''}“${quoted.text}”${quoted.cutAfter ? ' …' : ''} `)
    yield citation(index, quoted.text)
    yield text('\n')
  }
}

function shortened(topic: string): string {
  const characters = Array.from(folded(topic))
  return characters.length <= maxTopic ? characters.join('') : `${characters.slice(0, maxTopic).join('')}…`
}

function counted(documents: number): string {
  return documents === 1 ? '1 document' : `${documents} documents`
}
