import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Observable } from 'rxjs'
import { ingest } from '../../pipelines/ingest.ts'
import type { IngestEvent } from '../../pipelines/ingestCounts.ts'
import { filesIn } from '../../sources/filesIn.ts'
import type { PassageStore } from '../../types/ports.ts'

/** The folder of the installed package, or of the checkout that this runs from. */
export function packageFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return folder
}

/** What of the project's own documents tells a story; pages of tables are for looking things up. */
const pages = ['README.md', 'docs/concepts.md', 'docs/streaming.md', 'docs/batch.md', 'docs/from-llamaindex.md']

/** Takes in the project's own documents, in passages small enough to point at. */
export function ingestOwnDocs(folder: string, store: PassageStore): Observable<IngestEvent> {
  const paths = pages.map((page) => join(folder, page)).filter((path) => existsSync(path))
  return ingest(filesIn(paths), { store, passageTokens: 350 })
}
