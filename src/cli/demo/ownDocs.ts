import { existsSync, readdirSync } from 'node:fs'
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

/** Takes in the project's own documents, README.md and what lies directly in docs, in passages small enough to point at. */
export function ingestOwnDocs(folder: string, store: PassageStore): Observable<IngestEvent> {
  const docs = join(folder, 'docs')
  const names = existsSync(docs) ? readdirSync(docs).filter((name) => name.endsWith('.md')) : []
  return ingest(filesIn([join(folder, 'README.md'), ...names.map((name) => join(docs, name))]), { store, passageTokens: 350 })
}
