import { type OperatorFunction, concat, concatMap, from, toArray } from 'rxjs'
import type { EmbeddedPassage, Passage } from '../types/document.ts'
import type { Embedder, PassageStore } from '../types/ports.ts'

/** Attaches embeddings: those that the store has for equal texts, and for the rest what `embedPassages` brings. */
export function embedNew(
  store: PassageStore,
  embedder: Embedder,
  embedPassages: OperatorFunction<Passage, EmbeddedPassage>,
): OperatorFunction<Passage, EmbeddedPassage> {
  if (store.embeddings === undefined) return embedPassages
  const lookUp = (passages: readonly Passage[]) => store.embeddings!(passages.map(({ text }) => text), embedder.id)

  return (passages) =>
    passages.pipe(
      toArray(),
      concatMap((all) =>
        lookUp(all).pipe(
          concatMap((known) => {
            const embedded = all.flatMap((passage): EmbeddedPassage[] => {
              const embedding = known.get(passage.text)
              return embedding === undefined ? [] : [{ ...passage, embedding }]
            })
            return concat(from(embedded), from(all.filter(({ text }) => !known.has(text))).pipe(embedPassages))
          }),
        ),
      ),
    )
}
