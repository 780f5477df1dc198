import { lastValueFrom, of } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { retrieve } from '../../operators/retrieve.ts'
import type { ScoredPassage } from '../../types/document.ts'
import { writeTo } from '../../internal/writeTo.ts'
import { checkOptions } from '../checkOptions.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { dim, link, note, safe } from '../print.ts'
import { place } from '../printSources.ts'
import { count } from '../progress.ts'

export interface SearchOptions extends DataOptions {
  readonly query: string
  readonly topK: number
  readonly format: 'text' | 'ndjson'
}

/** Prints the best passages to standard output. */
export async function search(options: SearchOptions): Promise<void> {
  checkOptions(options)
  const question = options.query.trim()
  if (question === '') throw new InputError('The query is empty.')
  const { store, embedder, retrieval } = await openStore(options)
  const query = of({ id: '1', question }).pipe(
    retrieve(store, { topK: options.topK, overview: false, ...defined({ embedder, retrieval }) }),
  )
  const { passages, searched } = await lastValueFrom(query)
  store.close()
  for (const [rank, passage] of passages.entries()) {
    await writeTo(process.stdout, options.format === 'ndjson' ? `${JSON.stringify(passage)}\n` : asText(passage, rank + 1))
  }
  if (passages.length === 0 && !options.quiet) note(`Found nothing about this in ${count(searched.documents, 'document')}.`)
}

function asText(passage: ScoredPassage, rank: number): string {
  const { score, headings, text } = passage
  const about = headings.length === 0 ? '' : `  ${headings.map(safe).join(' > ')}`
  const snippet = safe(text).slice(0, 300)
  return `${rank}. ${link(place(passage), passage.uri, process.stdout)}  ${score.toFixed(3)}${dim(about, process.stdout)}\n   ${snippet}${text.length > 300 ? ' …' : ''}\n\n`
}
