import { type Observable, concat, defer, finalize, firstValueFrom, lastValueFrom, mergeMap, of, scan, toArray } from 'rxjs'
import { createBytesInWork } from '../internal/bytesInWork.ts'
import { isAtOrBelow } from '../internal/isAtOrBelow.ts'
import { nextTurn } from '../internal/nextTurn.ts'
import { requirePositiveInteger } from '../internal/requirePositiveInteger.ts'
import { createRoom } from '../internal/room.ts'
import { InputError } from '../errors.ts'
import { parseFile } from '../parsers/parseFile.ts'
import { pullMap } from '../sources/pullMap.ts'
import type { Parser, StoredFile } from '../types/ports.ts'
import type { FileListing, SourceFile } from '../types/source.ts'
import { createEmbedderFailures } from './embedderFailures.ts'
import { type IngestEvent, type IngestStep, countStep, nothingDone } from './ingestCounts.ts'
import { type IngestFileOptions, ingestFile, noStamp } from './ingestFile.ts'

/** Of a listing of more parts than this, all files are asked for at once. */
const maxParts = 100

/** Of the files in work; one that is larger goes alone. What a file holds may take many times its size. */
const maxBytesInWork = 4 * 1024 * 1024

/** In one turn of the event loop: so the first files are split, and ask for embeddings, while the others are still read. */
const begunAtOnce = 8

/** Documents worked on at once are so many times the files that may be: those of one document leave their share to those of many. */
const documentsPerFile = 2

/** Of their text and metadata, in characters. The one that passes it is the last for a while, as large as it may be. */
const maxSizeInWork = 4 * 1024 * 1024

export interface IngestOptions extends Omit<IngestFileOptions, 'parser' | 'failures' | 'room'> {
  /** Reads files into documents. Default: by extension and content. */
  readonly parser?: Parser
  /** False when a folder that was taken in before is no longer there: one of the same name then takes its place. Default: all are. */
  readonly rootExists?: (root: string) => boolean
  /**
   * Files worked on at once, as far as they are not more than 4 MiB together, and twice as many documents: those share requests for
   * embeddings, and commits. Default 128.
   */
  readonly concurrency?: number
}

/**
 * Brings a store up to date with files: reads, splits, embeds and writes what is new or has changed, removes what has gone.
 *
 * A document is one transaction, and a file counts as taken in once all its documents are written: whenever this is
 * interrupted, the store is whole and the next run goes on. A file that cannot be read is reported as `skipped`, and the
 * rest goes on; passages of a file that is merely unreadable now stay. A document that cannot be embedded is reported as
 * `failed`; what the store had of it stays, and the next run takes it up again.
 *
 * - Order: `progress` after every document and file, `skipped` and `failed` as it happens, one `summary` last.
 * - Memory: the documents in work, of `concurrency` files or 4 MiB of files at most, and of those twice as many documents or 4 MiB of text and metadata, and one more of each file; and id and stamp of every file.
 * - Drop: nothing more is read or written; what was committed stays.
 * - Errors: of listing and store; of the embedder when no other document would fare better (no connection, a wrong key), or
 *   `RagError` `embedder` when it failed 8 times in a row; `InputError` when another folder of the same name is in the store.
 *
 * @throws InvalidOptionError at the call, when an option cannot work.
 *
 * @example
 * ingest(filesIn('docs'), { store })
 */
export function ingest(files: FileListing | Iterable<SourceFile>, options: IngestOptions): Observable<IngestEvent> {
  const { store, parser = parseFile, rootExists = () => true, concurrency = 128 } = options
  requirePositiveInteger('concurrency', concurrency)
  /** Each run has failures and a room of its own. */
  const prepareRun = () => {
    const failures = createEmbedderFailures()
    return { failures, readFile: ingestFile({ ...options, parser, failures, room: createRoom(documentsPerFile * concurrency, maxSizeInWork) }) }
  }
  // Checks the options at the call.
  prepareRun()

  return defer(() => {
    const { failures, readFile } = prepareRun()
    const present = new Set<string>()
    const unreadable = new Set<string>()
    const roots = new Set('roots' in files ? files.roots : [])
    let known: ReadonlyMap<string, StoredFile> | undefined
    let passed = { files: 0, unchanged: 0 }
    const inWork = createBytesInWork(maxBytesInWork)
    let begun = 0

    const within = 'within' in files ? files.within : undefined
    const parts = within && new Set(within)
    const readFiles = within === undefined || within.length > maxParts ? store.files() : concat(...within.map((id) => store.files(undefined, id)))
    const readKnown = async () => {
      if (known !== undefined) return known
      const stored = (await lastValueFrom(readFiles.pipe(toArray()))).flat()
      if (stored.some(wasTakenIn)) failures.works()
      return (known = new Map(stored.map((file) => [file.id, file])))
    }
    // Unchanged files are most of them, most of the time: they are counted here and go no further.
    async function* changed(): AsyncGenerator<SourceFile> {
      const stored = await readKnown()
      for await (const file of files) {
        const before = stored.get(file.id)
        if (before !== undefined && before.root !== file.root) {
          if (rootExists(before.root)) throw sameName(file, before)
          roots.add(before.root)
        }
        roots.add(file.root)
        present.add(file.id)
        passed.files++
        if (file.unlisted?.reason === 'unreadable') unreadable.add(file.id)
        if (file.unlisted?.reason !== 'unreadable' && before?.root === file.root && before.stamp === file.stamp && file.changed !== true) passed.unchanged++
        else {
          await inWork.add(file.size)
          if (++begun % begunAtOnce === 0) await nextTurn()
          yield file
        }
      }
    }
    const takePassed = () => {
      const add = passed
      passed = { files: 0, unchanged: 0 }
      return add
    }
    const takeFile = (file: SourceFile): Observable<IngestStep> =>
      concat(of({ fileId: file.id, add: takePassed() }), readFile(file)).pipe(finalize(() => inWork.remove(file.size)))

    // What lies in a folder that cannot be read now has not gone. A folder that is empty now has had files.
    const isWithin = (id: string) => parts === undefined || isAtOrBelow(id, parts)
    const hasGone = ({ id, root }: StoredFile) => roots.has(root) && !present.has(id) && isWithin(id) && !isAtOrBelow(id, unreadable)
    const removeGone = defer(async () => {
      const gone = [...(await readKnown()).values()].filter(hasGone)
      const removed = gone.length === 0 ? 0 : await firstValueFrom(store.removeFiles(gone.map(({ id }) => id)))
      return { add: { ...takePassed(), removed } }
    })

    return concat(pullMap(changed(), takeFile, { concurrency }), removeGone).pipe(
      scan(countStep, nothingDone),
      mergeMap(({ event }) => (event === undefined ? [] : [event])),
    )
  })
}

/** Wholly: with all of its documents. */
function wasTakenIn({ stamp, skipped }: StoredFile): boolean {
  return stamp !== noStamp && skipped === undefined
}

function sameName({ id, root }: SourceFile, before: StoredFile): InputError {
  return new InputError(
    `The index has a file ${id} of ${before.root} already; ${root} has the same name. Give folders of the same name together, or use another index.`,
  )
}
