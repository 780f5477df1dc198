import { NEVER, of } from 'rxjs'
import type { PassageStore } from '../../src/types/ports.ts'

/** A store of which a test says what matters; the rest never answers. */
export function fakeStore(answers: Partial<PassageStore>): PassageStore {
  return {
    search: () => NEVER,
    sample: () => NEVER,
    passages: () => NEVER,
    upsert: () => NEVER,
    remove: () => NEVER,
    fingerprints: () => NEVER,
    files: () => NEVER,
    commitFile: () => NEVER,
    removeFiles: () => NEVER,
    stats: () => of({ files: 1, documents: 10, passages: 100 }),
    close: () => undefined,
    ...answers,
  }
}
