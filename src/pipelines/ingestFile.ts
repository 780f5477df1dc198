import { EMPTY, Observable, type OperatorFunction, catchError, concat, concatMap, defer, filter, finalize, from, ignoreElements, map, mergeMap, of, shareReplay, tap, throwError, toArray } from 'rxjs'
import { SkippedError } from '../errors.ts'
import { fingerprint } from '../internal/fingerprint.ts'
import type { Room } from '../internal/room.ts'
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
import { type PulledDocument, pullDocuments } from './pullDocuments.ts'

export interface IngestFileOptions extends SplitOptions {
  readonly store: PassageStore
  readonly parser: Parser
  readonly embedder?: Embedder
  readonly failures: EmbedderFailures
  /** For the documents that are worked on at once, of all files. */
  readonly room: Room
  /** Requests for embeddings in flight for one document. Default 4. */
  readonly embedConcurrency?: number
}

/** That of no file. */
export const noStamp = ''

/**
 * Takes one file in: each document read, compared with what is stored, split, embedded and written in one transaction;
 * once all are written the file is noted as done, and its documents that have gone are removed.
 *
 * Fails with what the store fails with, and with what `failures` throws. What is wrong with the file itself becomes a `skipped`
 * step, a document that cannot be embedded a `failed` one: its file is then noted with a stamp that no file has.
 */
export function ingestFile(options: IngestFileOptions): (file: SourceFile) => Observable<IngestStep> {
  const { store, parser, embedder, failures, room, embedConcurrency = 4 } = options
  const splitPassages = split(options)
  const embedPassages = embedder === undefined ? undefined : embedNew(store, embedder, told(embed(embedder, { concurrency: embedConcurrency }), failures))
  const madeBy = `${splitterName(options)} ${embedder?.id ?? ''}`

  const takeDocument = (file: SourceFile, document: Document, written: ReadonlyMap<string, string>, begin: Observable<never>): Observable<IngestStep> =>
    from(fingerprint(document, madeBy)).pipe(
      filter((print) => {
        const isUnchanged = written.get(document.id) === print
        if (isUnchanged) failures.works()
        return !isUnchanged
      }),
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

  const readFile = (file: SourceFile, written: ReadonlyMap<string, string>, onSkipped: (part: Skipped) => void): Observable<IngestStep> => {
    const ids = new Set<string>()
    let failed = false
    // Before its first document is written: should this be interrupted, the file counts as changed, even if it then becomes what it was
    // before; and should it go, its documents go with it.
    const begin = defer(() => store.commitFile(untrusted(file), [...written.keys()])).pipe(ignoreElements(), shareReplay({ bufferSize: 1, refCount: true }))
    const take = ({ document: given, leave }: PulledDocument): Observable<IngestStep> => {
      const document = withStorableId(given)
      if (ids.has(document.id)) {
        onSkipped({ path: file.path, reason: 'duplicate', message: `Two documents have the id ${document.id}; the first is kept` })
        leave()
        return EMPTY
      }
      ids.add(document.id)
      return takeDocument(file, document, written, begin).pipe(tap((step) => (failed ||= step.failed !== undefined)), finalize(leave))
    }
    // What was read before the file turned out to be damaged is written to the end first: nothing comes after its removal.
    let broken: { readonly error: unknown } | undefined
    const pulled = pullDocuments(parser(file, { onSkipped }), room, (error) => (broken = { error }))
    const documents = pullMap(pulled, (one) => of(one)).pipe(mergeMap(take))
    const rethrow = defer(() => (broken === undefined ? EMPTY : throwError(() => broken!.error)))
    const commit = defer(() => store.commitFile(failed ? untrusted(file) : stored(file), [...ids])).pipe(
      map(() => ({ fileId: file.id, add: { bytes: file.size, removed: [...written.keys()].filter((id) => !ids.has(id)).length } })),
    )
    return concat(documents, rethrow, commit)
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
    new Observable<IngestStep>((subscriber) => {
      // Told as they come: a file may have millions of them.
      const onSkipped = (part: Skipped) => subscriber.next({ fileId: file.id, add: {}, skipped: part })
      const steps = defer(() => {
        if (file.unlisted !== undefined) throw file.unlisted
        return store.fingerprints(file.id).pipe(concatMap((written) => readFile(file, written, onSkipped)))
      })
      return steps.pipe(catchError((error: unknown) => skip(file, error))).subscribe(subscriber)
    })
}

/** Half a character cannot be stored: the store would give back another id. */
function withStorableId(document: Document): Document {
  return document.id.isWellFormed() ? document : { ...document, id: document.id.toWellFormed() }
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
