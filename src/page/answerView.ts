import type { CitationChunk } from '../types/chunk.ts'
import { element } from './dom.ts'
import { markCitations } from './markdown/citations.ts'
import { drawBlock } from './markdown/draw.ts'
import { cutBlocks, readBlocks } from './markdown/readBlocks.ts'
import type { OpenPassage } from './sourceItem.ts'
import type { Turn } from './turn.ts'

export interface AnswerView {
  show(turn: Turn): void
}

interface Drawn {
  readonly source: string
  readonly nodes: readonly HTMLElement[]
  /** Levels of the headings that stand above what follows. */
  readonly outline: readonly number[]
}

/** Draws the text of an answer into `target`; while it grows only its last blocks are drawn anew, so a selection elsewhere stays. */
export function createAnswerView(target: HTMLElement, open: OpenPassage): AnswerView {
  let drawn: Drawn[] = []

  return {
    show(turn) {
      const blocks = turn.parts.flatMap((part) => cutBlocks(markCitations(part.text, part.citations)).map((source) => ({ source, part })))
      const kept = firstDifferent(drawn, blocks)
      for (const { nodes } of drawn.slice(kept)) for (const node of nodes) node.remove()
      let outline = drawn[kept - 1]?.outline ?? []
      const depth = (level: number) => {
        outline = [...outline.filter((above) => above < level), level]
        return outline.length
      }
      const fresh = blocks.slice(kept).map(({ source, part }): Drawn => {
        const nodes = readBlocks(source).map((block) => drawBlock(block, { depth, citation: (index) => citation(turn, part.citations[index]!, open) }))
        return { source, nodes, outline }
      })
      target.append(...fresh.flatMap(({ nodes }) => nodes))
      drawn = [...drawn.slice(0, kept), ...fresh]
    },
  }
}

function firstDifferent(drawn: readonly { readonly source: string }[], blocks: readonly { readonly source: string }[]): number {
  const at = blocks.findIndex(({ source }, index) => drawn[index]?.source !== source)
  return at < 0 ? blocks.length : at
}

/** A number that opens its passage; one that no passage has is only a number. */
function citation(turn: Turn, { marker, passageId, quote }: CitationChunk, open: OpenPassage): HTMLElement {
  if (passageId === undefined) return element('span', { class: 'citation', 'data-unknown': true, title: 'There is no such source' }, String(marker))
  const passage = turn.sources.find(({ id }) => id === passageId)
  const name = passage?.title ?? passage?.documentId ?? passageId
  const button = element('button', { type: 'button', class: 'citation', 'aria-label': `Source ${marker}: ${name}`, title: name }, String(marker))
  button.addEventListener('click', () => open(passageId, quote, button))
  return button
}
