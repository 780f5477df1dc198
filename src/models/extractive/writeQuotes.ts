import type { ScoredPassage } from '../../types/document.ts'
import type { Choice, Quote } from './chooseQuotes.ts'
import { originOf } from './originOf.ts'
import { type Piece, citation, label, text } from './pieces.ts'
import { folded } from './unitsOf.ts'

const maxMissing = 5

/**
 * The answer as Markdown: quotes under the title of where they stand, each followed by its marker.
 *
 * Sentences stand between “ and ”, code and records in fences: brackets inside them are the document's own, the
 * markers of this answer stand behind them. The last line names words of the question that were not found.
 */
export function* writeQuotes({ quotes, missing }: Choice, passages: readonly ScoredPassage[]): Generator<Piece> {
  yield text(`${label}\n`)
  let origin = ''
  for (let index = 0; index < quotes.length; ) {
    const run = runAt(quotes, index)
    index += run.length
    const [first] = run
    const passage = first === undefined ? undefined : passages[first.passage]
    if (first === undefined || passage === undefined) continue
    const place = originOf(passage, first.headings)
    const previous = quotes[index - run.length - 1]
    if (place !== origin) yield text(`\n${place}:\n\n`)
    else yield text(isListItem(previous) && isListItem(first) ? '' : '\n')
    origin = place
    yield* writeQuote(run, passage)
  }
  if (missing.length > 0) yield text(`\nNot found in these passages: ${missing.slice(0, maxMissing).join(', ')}\n`)
}

/** Sentences that follow each other in one paragraph are one quote. */
function runAt(quotes: readonly Quote[], start: number): Quote[] {
  const run: Quote[] = []
  for (let quote = quotes[start]; quote !== undefined; quote = quotes[start + run.length]) {
    const last = run.at(-1)
    if (last !== undefined && !continues(last, quote)) break
    run.push(quote)
  }
  return run
}

function continues(last: Quote, next: Quote): boolean {
  const whole = !last.quoted.cutAfter && !next.quoted.cutBefore
  const sameBlock = last.passage === next.passage && last.block === next.block
  return whole && next.kind === 'sentence' && sameBlock && last.order + 1 === next.order
}

function isListItem(quote: Quote | undefined): boolean {
  return quote?.kind === 'item'
}

function* writeQuote(run: readonly Quote[], passage: ScoredPassage): Generator<Piece> {
  const [first] = run
  const last = run.at(-1)
  if (first === undefined || last === undefined) return
  const words = run.length === 1 ? first.quoted.text : folded(passage.text.slice(first.start, last.end))
  if (first.kind === 'code' || first.kind === 'record') {
    const fence = fenceFor(words)
    yield text(`${fence}${first.label}\n${words}\n${fence}\n${last.quoted.cutAfter ? '… ' : ''}`)
  } else {
    const bullet = first.kind === 'item' ? `${/^\d/.test(first.label) ? first.label : '-'} ` : ''
    yield text(`${bullet}${first.quoted.cutBefore ? '… ' : ''}“${words}”${last.quoted.cutAfter ? ' …' : ''} `)
  }
  yield citation(first.passage, words)
  yield text('\n')
}

/** Longer than every run of backticks inside. */
function fenceFor(code: string): string {
  const longest = (code.match(/`{3,}/g) ?? []).reduce((length, run) => Math.max(length, run.length), 2)
  return '`'.repeat(longest + 1)
}
