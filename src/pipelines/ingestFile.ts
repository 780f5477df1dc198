import { EMPTY, type Observable, type OperatorFunction, catchError, concat, concatMap, defer, filter, from, ignoreElements, map, of, tap, toArray } from 'rxjs'
import { SkippedError } from '../errors.ts'
import { fingerprint } from '../internal/fingerprint.ts'
import { embed } from '../operators/embed.ts'
import { type SplitOptions, split, splitterName } from '../operators/split.ts'
import { toStore } from '../sinks/toStore.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { Document, EmbeddedPassage, Passage } from '../types/document.ts'
import type { Embedder, Parser, PassageStore, Skipped, StoredFile } from '../types/ports.ts'
import type { SourceFile } from '../types/source.ts'
import { embedNew } from './embedNew.ts'
import type { EmbedderFailures } from './embedderFailures.ts'
import type { IngestStep } from './ingestCounts.ts'

export interface IngestFileOptions extends SplitOptions {
  readonly store: PassageStore
  readonly parser: Parser
  readonly embedder?: Embedder
  readonly failures: EmbedderFailures
  /** Requests for embeddings in flight for one document. Default 4. */
  readonly embedConcurrency?: number
}

/** That of no file. */
const noStamp = ''

/**
 * Takes one file in: each document read, compared with what is stored, split, embedded and written in one transaction;
 * once all are written the file is noted as done, and its documents that have gone are removed.
 *
 * Fails with what the store fails with, and with what `failures` throws. What is wrong with the file itself becomes a `skipped`
 * step, a document that cannot be embedded a `failed` one: its file is then noted with a stamp that no file has.
 */
export function ingestFile(options: IngestFileOptions): (file: SourceFile) => Observable<IngestStep> {
  const { store, parser, embedder, failures, embedConcurrency = 4 } = options
  const splitPassages = split(options)
  const embedPassages = embedder === undefined ? undefined : embedNew(store, embedder, told(embed(embedder, { concurrency: embedConcurrency }), failures))
  const madeBy = `${splitterName(options)} ${embedder?.id ?? ''}`

  const takeDocument = (file: SourceFile, document: Document, written: ReadonlyMap<string, string>, begin: Observable<never>): Observable<IngestStep> =>
    from(fingerprint(document, madeBy)).pipe(
      filter((print) => written.get(document.id) !== print),
      concatMap((print) => {
        const { text: _text, headings: _headings, pages: _pages, ...described } = document
        const passages = of(document).pipe(splitPassages)
        const ready = embedPassages === undefined ? passages : passages.pipe(embedPassages)
        return ready.pipe(
          toArray(),
          concatMap((all) => concat(begin, all)),
          toStore(store, { document: described, fingerprint: print, fileId: file.id, ...(embedder !== undefined && { embedder: embedder.id }) }),
          map(({ passages, tokens }): IngestStep => ({ fileId: file.id, add: { documents: 1, passages, tokens } })),
          catchError((error: unknown) => {
            if (!(error instanceof EmbeddingFailure)) throw error
            return of({ fileId: file.id, add: {}, failed: { documentId: document.id, message: failures.failed(error.cause) } })
          }),
        )
      }),
    )

  const readFile = (file: SourceFile, written: ReadonlyMap<string, string>): Observable<IngestStep> => {
    const ids = new Set<string>()
    const skippedParts: Skipped[] = []
    let begun = false
    let failed = false
    // Before its first document is written: should this be interrupted, the file counts as changed, even if it then becomes what it was
    // before; and should it go, its documents go with it.
    const begin = defer(() => {
      if (begun) return EMPTY
      begun = true
      return store.commitFile(untrusted(file), [...written.keys()]).pipe(ignoreElements())
    })
    const documents = pullMap(parser(file, { onSkipped: (part) => skippedParts.push(part) }), (document) => {
      if (ids.has(document.id)) {
        skippedParts.push({ path: file.path, reason: 'duplicate', message: `Two documents have the id ${document.id}; the first is kept` })
        return EMPTY
      }
      ids.add(document.id)
      return takeDocument(file, document, written, begin).pipe(tap((step) => (failed ||= step.failed !== undefined)))
    })
    const commit = defer(() => store.commitFile(failed ? untrusted(file) : stored(file), [...ids])).pipe(
      map(() => ({ fileId: file.id, add: { bytes: file.size, removed: [...written.keys()].filter((id) => !ids.has(id)).length } })),
    )
    return concat(documents, commit, defer(() => skippedParts.map((skipped) => ({ fileId: file.id, add: {}, skipped }))))
  }

  const skip = (file: SourceFile, error: unknown): Observable<IngestStep> => {
    if (!(error instanceof SkippedError)) throw error
    const skipped = { path: file.path, reason: error.reason, message: error.message }
    const step = { fileId: file.id, add: {}, skipped }
    // Unreadable may pass: what is stored stays, and the next run tries again. Anything else was read and is no text.
    if (error.reason === 'unreadable') return of(step)
    return store.fingerprints(file.id).pipe(
      concatMap(({ size: removed }) => store.commitFile({ ...stored(file), skipped: error.reason }, []).pipe(map(() => ({ ...step, add: { removed } })))),
    )
  }

  return (file) =>
    defer(() => {
      if (file.unlisted !== undefined) throw file.unlisted
      return store.fingerprints(file.id).pipe(concatMap((written) => readFile(file, written)))
    }).pipe(catchError((error: unknown) => skip(file, error)))
}

function stored({ id, root, stamp, young }: SourceFile): StoredFile {
  return { id, root, stamp: young === true ? noStamp : stamp }
}

/** The next run reads it, whatever its size and time. */
function untrusted({ id, root }: SourceFile): StoredFile {
  return { id, root, stamp: noStamp }
}

/** Carries the embedder's error past the store. */
class EmbeddingFailure extends Error {}

function told(embedPassages: OperatorFunction<Passage, EmbeddedPassage>, failures: EmbedderFailures): OperatorFunction<Passage, EmbeddedPassage> {
  return (passages) =>
    passages.pipe(
      embedPassages,
      tap(() => failures.succeeded()),
      catchError((cause: unknown) => {
        throw new EmbeddingFailure('', { cause })
      }),
    )
}
