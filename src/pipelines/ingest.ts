import { type Observable, concat, concatMap, defer, map, mergeMap, of, reduce, scan, shareReplay } from 'rxjs'
import { parseFile } from '../parsers/parseFile.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { Parser, PassageStore, StoredFile } from '../types/ports.ts'
import type { FileListing, SourceFile } from '../types/source.ts'
import { type IngestEvent, type IngestStep, countStep, nothingDone } from './ingestCounts.ts'
import { type IngestFileOptions, ingestFile } from './ingestFile.ts'

export interface IngestOptions extends Omit<IngestFileOptions, 'parser'> {
  /** Reads files into documents. Default: by extension and content. */
  readonly parser?: Parser
  /** Files worked on at once. Default 4. */
  readonly concurrency?: number
}

/**
 * Brings a store up to date with files: reads, splits, embeds and writes what is new or has changed, removes what has gone.
 *
 * A document is one transaction, and a file counts as taken in once all its documents are written: whenever this is
 * interrupted, the store is whole and the next run goes on. A file that cannot be read is reported as `skipped`, and the
 * rest goes on; passages of a file that is merely unreadable now stay.
 *
 * - Order: `progress` after every document and file, `skipped` as it happens, one `summary` last.
 * - Memory: the documents in work, `concurrency` at most, and id and stamp of every file.
 * - Drop: nothing more is read or written; what was committed stays.
 * - Errors: of listing, embedder and store. A file's own failure is not one.
 *
 * @example
 * ingest(filesIn('docs'), { store })
 */
export function ingest(files: FileListing | Iterable<SourceFile>, options: IngestOptions): Observable<IngestEvent> {
  const { store, parser = parseFile, concurrency = 4 } = options
  const readFile = ingestFile({ ...options, parser })

  return defer(() => {
    const known = knownFiles(store, 'roots' in files ? files.roots : [])
    const present = new Set<string>()
    const unreadable: string[] = []

    const takeFile = (file: SourceFile): Observable<IngestStep> =>
      known.of(file.root).pipe(
        concatMap((before) => {
          const seen: IngestStep = { fileId: file.id, add: { files: 1 } }
          present.add(file.id)
          if (file.unlisted === undefined && before.get(file.id)?.stamp === file.stamp) return of({ ...seen, add: { files: 1, unchanged: 1 } })
          if (file.unlisted?.reason === 'unreadable') unreadable.push(`${file.id}/`)
          return concat(of(seen), readFile(file))
        }),
      )
    // What lies in a folder that cannot be read now has not gone.
    const hasGone = ({ id }: StoredFile) => !present.has(id) && !unreadable.some((folder) => id.startsWith(folder))
    const removeGone = known.all().pipe(
      concatMap((all) => store.removeFiles(all.filter(hasGone).map(({ id }) => id))),
      map((removed): IngestStep => ({ add: { removed } })),
    )

    return concat(pullMap(files, takeFile, { concurrency }), removeGone).pipe(
      scan(countStep, nothingDone),
      mergeMap(({ event }) => (event === undefined ? [] : [event])),
    )
  })
}

/** What the store knows of the files of each root, asked once a root; of `roots` in any case, as they may be empty now. */
function knownFiles(store: PassageStore, roots: readonly string[]) {
  const byRoot = new Map<string, Observable<ReadonlyMap<string, StoredFile>>>()
  const filesOf = (root: string) => {
    const asked =
      byRoot.get(root) ??
      store.files(root).pipe(
        map((files) => new Map(files.map((file) => [file.id, file]))),
        shareReplay({ bufferSize: 1, refCount: false }),
      )
    byRoot.set(root, asked)
    return asked
  }
  for (const root of roots) filesOf(root)
  return {
    of: filesOf,
    all: (): Observable<StoredFile[]> =>
      defer(() => concat(...byRoot.values())).pipe(
        reduce((all: StoredFile[], files) => [...all, ...files.values()], []),
      ),
  }
}
