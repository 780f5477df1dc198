import type { PercentileName } from '../../types/distribution.ts'
import type { TimeMetric } from '../metrics.ts'
import type { LoadSummary } from '../summary.ts'
import { countCell, limitedRow, numberCell, percentileCell, scrollingTable } from './cells.ts'
import { html, type Html, type HtmlValue } from './html.ts'
import { percent } from './numbers.ts'

const percentiles: readonly PercentileName[] = ['p50', 'p90', 'p99']
const tokensNote: Readonly<Record<LoadSummary['tokensFrom'], string | undefined>> = {
  server: undefined, counted: 'counted here', estimated: 'estimated', chunks: 'chunks as tokens',
}

/** One line for each result: what a reader looks for first. */
export function summaryTable(results: readonly LoadSummary[]): Html {
  const hasGoodput = results.some((result) => result.goodput !== undefined)
  const head = html`
<tr><th rowspan="2" scope="col">target, load</th><th colspan="2" scope="colgroup">requests</th><th colspan="4" scope="colgroup">wait (ms)</th>
<th colspan="4" scope="colgroup">TTFT (ms)</th><th scope="colgroup">ITL (ms)</th><th colspan="${hasGoodput ? 3 : 2}" scope="colgroup">a second</th></tr>
<tr><th scope="col" class="first">made</th><th scope="col">failed</th>${timeHeads()}${timeHeads()}<th scope="col" class="first">p50</th>
<th scope="col" class="first">tokens</th><th scope="col">requests</th>${hasGoodput ? html`<th scope="col">goodput</th>` : undefined}</tr>`
  const body = results.map((result, place) => html`
<tbody>
<tr><th scope="row"><a href="#result-${place}">${result.target}</a><small>${result.load}</small></th>
${countCell(result.requests)}${result.failed === 0 ? countCell(0) : html`<td class="bad">${result.failed}</td>`}
${timeCells(result, 'waitMs')}${timeCells(result, 'ttftMs')}${percentileCell(metricOf(result, 'itlMs'), 'p50')}
${numberCell(result.outputTokensPerSecond, tokensNote[result.tokensFrom])}${numberCell(result.requestsPerSecond)}
${hasGoodput ? goodputCell(result) : undefined}</tr>
${limitedRow(result.self, hasGoodput ? 15 : 14)}
</tbody>`)
  const caption = 'Wait: from question to first visible text. TTFT: from request sent to first text of any kind. ITL: time between tokens.'
  return scrollingTable(caption, 'Summary', head, body, 'summary')
}

function timeHeads(): Html {
  return html`<th scope="col" class="first">n</th>${percentiles.map((name) => html`<th scope="col">${name}</th>`)}`
}

function timeCells(result: LoadSummary, name: TimeMetric): HtmlValue {
  const metric = metricOf(result, name)
  return [countCell(metric?.n ?? 0), ...percentiles.map((percentile) => percentileCell(metric, percentile))]
}

function goodputCell({ goodput }: LoadSummary): Html {
  return numberCell(goodput?.perSecond, goodput === undefined ? undefined : percent(goodput.share))
}

function metricOf(result: LoadSummary, name: TimeMetric) {
  return result.metrics.find((candidate) => candidate.metric === name)
}
