import { lastValueFrom, takeUntil, tap } from 'rxjs'
import { watch } from '../pipelines/watch.ts'
import { watchFiles } from '../sources/watchFiles.ts'
import { Exit, exitCodes } from './exit.ts'
import { interrupt } from './interrupt.ts'
import type { Updated } from './openStore.ts'
import { note, safe } from './print.ts'
import { count } from './progress.ts'

/**
 * Keeps the store equal to the folders until Ctrl-C: a line for each run that did something, and for each file that is passed over.
 * Ends with 0 when nothing was in work, which is how it usually ends, and with 130 when a run was broken off.
 */
export async function watchStore(data: readonly string[], { filter, options }: Updated, quiet: boolean): Promise<void> {
  /** What a listing of everything passes over, it passes over the next time too: said once, and at first by `updateStore`. */
  let said: ReadonlySet<string> | undefined
  let passedOver = new Set<string>()
  let isBusy = false
  const changes = watchFiles(data, { ...filter, onPolling: note })
  const events = watch(changes, options).pipe(
    tap((event) => {
      if (event.type === 'started') {
        isBusy = true
        passedOver = new Set(event.whole ? [] : said)
      } else if (event.type === 'skipped') {
        if (!quiet && said?.has(event.message) === false) note(`skipped: ${safe(event.message)}`)
        passedOver.add(event.message)
      } else if (event.type === 'failed') {
        note(`failed: ${safe(event.message)}`)
      } else if (event.type === 'waiting') {
        note(`${safe(event.error.message)} (tried again in ${event.retryMs / 1000} s)`)
      } else if (event.type === 'watching') {
        isBusy = false
        // From here on nothing is missed.
        if (!quiet && said === undefined) note('Watching; Ctrl-C ends it.')
        said = passedOver
      } else if (event.type === 'summary' && !quiet) {
        const { documents, passages, removed } = event
        if (documents + removed > 0) note(`Indexed ${count(documents, 'document')} (${count(passages, 'passage')}), ${count(removed)} removed`)
      }
    }),
    takeUntil(interrupt),
  )
  await lastValueFrom(events, { defaultValue: undefined })
  if (!isBusy) return
  options.store.close()
  note('Interrupted while indexing. What was written is kept; run it again to go on.')
  throw new Exit(exitCodes.interrupted)
}
