import type { Section } from './sections.ts'
import { type Unit, partsOf } from './units.ts'

/** The units of a document that are not yet in a passage. They become finer only where that is asked for. */
export interface UnitQueue {
  /** The first one. */
  peek(): Unit | undefined
  /** Takes the first one away. */
  take(): void
  /** Puts the finer units of the first one in its place. */
  open(): void
  /** Puts units back in front of the first one. */
  giveBack(units: readonly Unit[]): void
}

export function createUnitQueue(text: string, sections: readonly Section[]): UnitQueue {
  /** What comes first is taken from the last of these. */
  const sources: Iterator<Unit>[] = [wholeSections(sections)]
  let first: Unit | undefined

  return {
    peek() {
      for (let source = sources.at(-1); first === undefined && source !== undefined; source = sources.at(-1)) {
        const next = source.next()
        if (next.done) sources.pop()
        else first = next.value
      }
      return first
    },
    take() {
      first = undefined
    },
    open() {
      if (first !== undefined) sources.push(partsOf(text, first))
      first = undefined
    },
    giveBack(units) {
      if (first !== undefined) sources.push([first].values())
      sources.push(units.values())
      first = undefined
    },
  }
}

function* wholeSections(sections: readonly Section[]): Generator<Unit> {
  for (const section of sections) yield { kind: 'section', start: section.start, end: section.end, section, isCode: false }
}
