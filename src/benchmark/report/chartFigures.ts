import type { Chart, ChartGroup, ChartLine, LineLook } from './chart.ts'
import { html, jsonForPage, raw, type Html } from './html.ts'

/** A section for each group; the page's script draws into `.plot`, and writes the values under the pointer into the legend. */
export function chartFigures(groups: readonly ChartGroup[]): Html {
  return html`${groups.filter((group) => group.charts.length > 0).map((group) => html`
<section${group.charts.length > 2 ? undefined : raw(' class="keep"')}>
<h2>${group.heading}</h2>
<p class="intro">${group.intro}</p>
<div class="charts${group.charts.length === 1 ? ' alone' : ''}">${group.charts.map(figure)}
</div>
</section>`)}`
}

/** What the script needs of the charts: no text from outside. The title of the x axis is markup, so that it can wrap. */
export function chartData(groups: readonly ChartGroup[]): Html {
  return jsonForPage(groups.flatMap((group) => group.charts.map(({ title: _title, xLabel: _xLabel, description: _description, lines, ...chart }) => (
    { ...chart, lines: lines.map(({ look, values }) => ({ ...look, values })) }
  ))))
}

function figure({ id, title, yLabel, xLabel, description, lines }: Chart): Html {
  return html`
<figure>
<figcaption><strong>${title}</strong> <span class="at" aria-hidden="true"></span></figcaption>
<div class="plot" id="${id}" role="img" aria-label="${`${title}: ${yLabel} over ${xLabel}. ${description}.`}"></div>
<p class="axis">${xLabel}</p>
<ul class="legend">${lines.map(legendItem)}</ul>
</figure>`
}

function legendItem({ name, note, look }: ChartLine): Html {
  const label = html`<span class="name">${name}${note === '' ? undefined : html` <small>${note}</small>`}</span>`
  return html`<li>${swatch(look)}${label}<span class="value" aria-hidden="true"></span></li>`
}

function swatch({ color, dash }: LineLook): Html {
  return html`<svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true">
<path d="M0 4H26" stroke="var(${color})" stroke-width="2.25" stroke-dasharray="${dash.join(' ')}"/></svg>`
}
