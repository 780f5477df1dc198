import type { SelfCheck } from '../run.ts'
import type { LoadSummary } from '../summary.ts'
import { countCell, limitedRow, numberCell, scrollingTable } from './cells.ts'
import { html, type Html } from './html.ts'

/** What failed, by class. */
export function errorTable(results: readonly LoadSummary[]): Html {
  const head = html`<tr><th scope="col">target, load</th><th scope="col" class="text">code</th><th scope="col">count</th>
<th scope="col" class="text">first of them</th></tr>`
  const rows = results.flatMap((result) => result.errors.map((error) => html`
<tr>${resultHead(result)}<td class="text"><code>${error.code}</code></td>${countCell(error.count)}<td class="text long">${error.first}</td></tr>`))
  const caption = 'Failed requests by class. They have no times: all times above are of requests that succeeded.'
  return html`
<section>
<h2>Errors</h2>${rows.length === 0 ? html`
<p>No request failed.</p>` : scrollingTable(caption, 'Errors', head, html`<tbody>${rows}</tbody>`)}
</section>`
}

const delays = ['p50', 'p99', 'max'] as const
const delayHeads = html`<th scope="col" class="first">p50</th><th scope="col">p99</th><th scope="col">max</th>`

/** What the load generator saw of itself. Schedules are of open loads only. */
export function selfTable(results: readonly LoadSummary[]): Html {
  const hasLag = results.some((result) => result.self.scheduleLagMs !== undefined)
  const hasRate = results.some((result) => result.self.requestedRate !== undefined)
  const columns = 5 + (hasLag ? 3 : 0) + (hasRate ? 1 : 0)
  const lagHead = hasLag ? html`<th colspan="3" scope="colgroup">schedule lag (ms)</th>` : undefined
  const head = html`
<tr><th rowspan="2" scope="col">target, load</th><th colspan="3" scope="colgroup">loop delay (ms)</th>${lagHead}
<th colspan="${hasRate ? 2 : 1}" scope="colgroup">requests a second</th></tr>
<tr>${delayHeads}${hasLag ? delayHeads : undefined}${hasRate ? html`<th scope="col" class="first">asked</th>` : undefined}<th scope="col">achieved</th></tr>`
  const body = results.map((result) => html`
<tbody>
<tr>${resultHead(result)}${delayCells(result.self.loopDelayMs)}${hasLag ? delayCells(result.self.scheduleLagMs) : undefined}
${hasRate ? numberCell(result.self.requestedRate) : undefined}${numberCell(result.self.achievedRate)}</tr>
${limitedRow(result.self, columns)}
</tbody>`)
  const delay = 'Loop delay: how long the program could not look at what had come; it is in every time.'
  const caption = hasLag ? `${delay} Schedule lag: how late requests of an open load began.` : delay
  return html`
<section>
<h2>Self check</h2>${scrollingTable(caption, 'Self check', head, body, 'self')}
</section>`
}

function delayCells(delay: SelfCheck['scheduleLagMs']): readonly Html[] {
  return delays.map((name) => numberCell(delay?.[name]))
}

function resultHead({ target, load }: LoadSummary): Html {
  return html`<th scope="row">${target}<small>${load}</small></th>`
}
