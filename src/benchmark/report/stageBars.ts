import { metricLabels, stageMetrics, type TimeMetric } from '../metrics.ts'
import type { LoadSummary } from '../summary.ts'
import { numberCell, scrollingTable } from './cells.ts'
import { html, type Html } from './html.ts'
import { shortNumber } from './numbers.ts'
import { resultName } from './resultName.ts'

const order: readonly TimeMetric[] = [...stageMetrics, 'streamMs']

/** One bar for each result, as long as its mean latency, made of its stages; the same as a table below. */
export function stageBars(results: readonly LoadSummary[]): Html | undefined {
  const shown = results.filter((result) => totalOf(result) > 0)
  const longest = shown.reduce((high, result) => Math.max(high, totalOf(result)), 0)
  const used = order.filter((metric) => shown.some((result) => meanOf(result, metric) !== undefined))
  if (used.length === 0) return undefined
  return html`
<section>
<h2>Where the time goes</h2>
<p class="intro">Mean of each stage over the requests that succeeded. The stages of a bar add up to its mean latency.</p>
<ul class="legend stages">${used.map(legendItem)}</ul>
<div class="bars">${shown.map((result) => bar(result, longest, used))}
</div>${stageTable(shown, used)}
</section>`
}

function legendItem(metric: TimeMetric): Html {
  return html`<li><i class="stage-${order.indexOf(metric)}"></i><span class="name">${shortName(metric)} <small>${metricLabels[metric]}</small></span></li>`
}

function bar(result: LoadSummary, longest: number, used: readonly TimeMetric[]): Html {
  const total = totalOf(result)
  const parts = used.flatMap((metric) => {
    const mean = meanOf(result, metric)
    return mean === undefined || mean <= 0 ? [] : [{ metric, mean }]
  })
  const description = parts.map(({ metric, mean }) => `${shortName(metric)} ${shortNumber(mean)} ms`).join(', ')
  const limited = result.self.clientLimited === undefined ? undefined : html` · <b>client limited</b>`
  // The name goes first when a part is narrow, then the number: see `.part` in the style.
  const part = ({ metric, mean }: { readonly metric: TimeMetric; readonly mean: number }) => html`
<div class="part stage-${order.indexOf(metric)}" style="width:${widthOf(mean, total)}" title="${shortName(metric)} ${shortNumber(mean)} ms">
<span><em>${shortName(metric)} </em>${shortNumber(mean)}</span></div>`
  return html`
<div class="bar-row"><div class="bar-name">${result.target}<small>${result.load}${limited}</small></div>
<div class="bar-line"><div class="bar" role="img" aria-label="${resultName(result)}: ${description}" style="width:${widthOf(total, longest)}">${parts.map(part)}
</div></div>
<div class="bar-total">${shortNumber(total)} ms</div></div>`
}

function stageTable(results: readonly LoadSummary[], used: readonly TimeMetric[]): Html {
  const names = [...used.map(shortName), 'latency']
  const head = html`<tr><th scope="col">target, load</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr>`
  const rows = results.map((result) => html`
<tr><th scope="row">${result.target}<small>${result.load}</small></th>
${used.map((metric) => numberCell(meanOf(result, metric)))}${numberCell(totalOf(result))}</tr>`)
  return scrollingTable('Means in ms', 'Stages', head, html`<tbody>${rows}</tbody>`)
}

function widthOf(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)}%`
}

function shortName(metric: TimeMetric): string {
  return metric.replace(/Ms$/, '')
}

function meanOf(result: LoadSummary, metric: TimeMetric): number | undefined {
  return result.stages.find((stage) => stage.metric === metric)?.meanMs
}

function totalOf(result: LoadSummary): number {
  return result.stages.reduce((sum, stage) => sum + stage.meanMs, 0)
}
