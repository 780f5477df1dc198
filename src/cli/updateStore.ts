import { lastValueFrom, takeUntil, tap } from 'rxjs'
import { type IngestOptions, ingest } from '../pipelines/ingest.ts'
import type { IngestCounts } from '../pipelines/ingestCounts.ts'
import type { FileListing } from '../types/source.ts'
import { interrupt, interruptedExit } from './interrupt.ts'
import { note, safe } from './print.ts'
import { count, createProgress } from './progress.ts'

/** Skipped files and failed documents that are named; the rest is counted. */
const maxNamed = 10

/** Ingests, shows progress on a terminal, says at the end what was done and what was passed over. Ctrl-C ends with exit code 130. */
export async function updateStore(files: FileListing, options: IngestOptions, show: { readonly quiet: boolean; readonly verbose: boolean }): Promise<IngestCounts> {
  const progress = createProgress(show.quiet ? undefined : files)
  let named = 0
  let failed = 0
  let interrupted = true
  let counts: IngestCounts | undefined
  const events = ingest(files, options).pipe(
    tap((event) => {
      if (event.type === 'skipped') {
        named++
        if (!show.quiet && (named <= maxNamed || show.verbose)) progress.above(`skipped: ${safe(event.message)}`)
        return
      }
      if (event.type === 'failed') {
        failed++
        if (failed <= maxNamed || show.verbose) progress.above(`failed: ${safe(event.documentId)}: ${safe(event.message)}`)
        return
      }
      counts = event
      if (event.type === 'summary') interrupted = false
      else progress.update(event)
    }),
    takeUntil(interrupt),
  )
  try {
    await lastValueFrom(events, { defaultValue: undefined })
  } finally {
    progress.end()
  }
  if (interrupted || counts === undefined) {
    options.store.close()
    note('Interrupted while indexing. What was written is kept; run it again to go on.')
    throw interruptedExit()
  }
  if (!show.quiet && named > maxNamed && !show.verbose) note(`skipped ${named - maxNamed} more (--verbose names them)`)
  if (!show.quiet) progress.summary(counts)
  if (failed > 0) note(`${count(failed, 'document')} could not be embedded; the next run takes ${failed === 1 ? 'it' : 'them'} up again.`)
  return counts
}
