import { concat, concatMap, filter, lastValueFrom, takeUntil, tap } from 'rxjs'
import { memoryStore } from '../../stores/memoryStore.ts'
import { brokenAnswer } from '../demo/brokenAnswer.ts'
import { ingestOwnDocs, packageFolder } from '../demo/ownDocs.ts'
import { sideBySide } from '../demo/sideBySide.ts'
import { createStage } from '../demo/stage.ts'
import { whatNext } from '../demo/whatNext.ts'
import { interrupt, interruptedExit } from '../interrupt.ts'
import { count } from '../progress.ts'

export interface DemoOptions {
  readonly fast: boolean
}

/** Shows what Riffle does with its own documents and a simulated model: one stream, which Ctrl-C drops wherever it is. */
export async function demo({ fast }: DemoOptions): Promise<void> {
  const stage = createStage({ fast })
  const store = memoryStore()
  const folder = packageFolder()
  let interrupted = false

  const indexed = ingestOwnDocs(folder, store).pipe(
    filter((event) => event.type === 'summary'),
    concatMap(({ files, passages }) =>
      stage.say(`Riffle in 20 seconds, offline, on its own documents: ${count(files, 'file')}, ${count(passages, 'passage')}, indexed in memory.`, 1000, ''),
    ),
  )
  const all = concat(indexed, brokenAnswer(stage, store, folder), sideBySide(stage, store), whatNext(stage, folder))
  const stopped = interrupt.pipe(tap(() => (interrupted = true)))
  await lastValueFrom(all.pipe(takeUntil(stopped)), { defaultValue: undefined })
  if (!interrupted) return
  // The terminal has shown `^C`: the prompt comes on the next line.
  stage.write('\n')
  throw interruptedExit()
}
