import { lastValueFrom, of } from 'rxjs'
import { InputError } from '../../errors.ts'
import { maxDepth } from '../../evaluation/metrics.ts'
import { trecLines } from '../../evaluation/trecFiles.ts'
import { defined } from '../../internal/defined.ts'
import { retrieve } from '../../operators/retrieve.ts'
import type { ScoredPassage } from '../../types/document.ts'
import { replaceFile } from '../../internal/replaceFile.ts'
import { writeTo } from '../../internal/writeTo.ts'
import { checkOptions } from '../checkOptions.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions } from '../options.ts'
import { dim, link, note, safe } from '../print.ts'
import { place } from '../printSources.ts'
import { count } from '../progress.ts'
import { type RankOptions, checkRanking } from '../rankOptions.ts'
import { ranking } from '../ranking.ts'
import { searchQueries } from '../search/trecRun.ts'

export interface SearchOptions extends DataOptions, RankOptions {
  readonly query?: string | undefined
  readonly topK?: number | undefined
  readonly format: 'text' | 'ndjson'
  readonly queries?: string | undefined
  readonly run?: string | undefined
}

const defaultPassages = 5

/** Prints the best passages to standard output; with `--queries` a run of many queries, for evaluation. */
export async function search(options: SearchOptions): Promise<void> {
  checkOptions(options)
  const { queries, query: asked, topK = defaultPassages } = options
  if (queries !== undefined) {
    if (asked !== undefined) throw new InputError('Expected either a query or --queries FILE.')
    if (options.diversify === true || options.neighbours !== undefined) throw new InputError('--diversify and --neighbours are for one query: a run ranks documents, each once.')
    checkRanking(options, 1)
    return writeRun(queries, options)
  }
  checkRanking(options, topK)
  const question = (asked ?? '').trim()
  if (question === '') throw new InputError('The query is empty.')
  const { store, embedder, retrieval, filter } = await openStore(options)
  const { afterRetrieve, ...many } = ranking(options, { topK, store })
  const query = of({ id: '1', question }).pipe(retrieve(store, { ...many, overview: false, ...defined({ embedder, retrieval, filter }) }), afterRetrieve)
  const { passages, searched } = await lastValueFrom(query)
  store.close()
  for (const [rank, passage] of passages.entries()) {
    await writeTo(process.stdout, options.format === 'ndjson' ? `${JSON.stringify(passage)}\n` : asText(passage, rank + 1))
  }
  if (passages.length === 0 && !options.quiet) note(`Found nothing about this in ${count(searched.documents, 'document')}.`)
}

/** A TREC run into `--run`, or to standard output: documents by their best passage, at most a thousand a query. */
async function writeRun(queries: string, options: SearchOptions): Promise<void> {
  const { run, topK = maxDepth } = options
  const found = await openStore(options)
  let searched = 0
  async function* lines(): AsyncGenerator<string> {
    for await (const { id, entries } of searchQueries(queries, found, topK, options)) {
      searched++
      yield trecLines(id, entries, 'riffle')
    }
  }
  try {
    if (run === undefined) for await (const text of lines()) await writeTo(process.stdout, text)
    else await replaceFile(run, async (file) => {
      for await (const text of lines()) await file.writeFile(text)
    })
  } finally {
    found.store.close()
  }
  if (run !== undefined && !options.quiet) note(`${run} has what was found for ${count(searched)} queries.`)
}

function asText(passage: ScoredPassage, rank: number): string {
  const { score, headings, text } = passage
  const about = headings.length === 0 ? '' : `  ${headings.map(safe).join(' > ')}`
  const snippet = safe(text).slice(0, 300)
  return `${rank}. ${link(place(passage), passage.uri, process.stdout)}  ${score.toFixed(3)}${dim(about, process.stdout)}\n   ${snippet}${text.length > 300 ? ' …' : ''}\n\n`
}
