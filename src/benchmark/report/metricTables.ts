import type { Distribution, PercentileName } from '../../types/distribution.ts'
import { metricLabels } from '../metrics.ts'
import type { LoadSummary } from '../summary.ts'
import { countCell, limitedText, numberCell, percentileCell, scrollingTable } from './cells.ts'
import { html, type Html } from './html.ts'
import { plural, shortNumber, wholeNumber } from './numbers.ts'
import { resultName } from './resultName.ts'

const tokensFrom: Readonly<Record<LoadSummary['tokensFrom'], string>> = {
  server: 'counted by the server', counted: 'counted by the client', estimated: 'estimated', chunks: 'each chunk taken as one token',
}

/** Every metric of every result. */
export function metricTables(results: readonly LoadSummary[]): Html {
  const supportsMore = results.some((result) => result.metrics.some((metric) => metric.percentiles['p99.9'] !== undefined))
  const percentiles: readonly PercentileName[] = supportsMore ? ['p50', 'p90', 'p95', 'p99', 'p99.9'] : ['p50', 'p90', 'p95', 'p99']
  return html`
<section>
<h2>All metrics</h2>${results.map((result, place) => html`
<section class="result">
<h3 id="result-${place}">${resultName(result)}</h3>
<p class="facts">${factsOf(result)}</p>
${result.self.clientLimited === undefined ? undefined : limitedText(result.self.clientLimited)}${metricTable(result, percentiles)}
</section>`)}
</section>`
}

function metricTable(result: LoadSummary, percentiles: readonly PercentileName[]): Html {
  const head = html`<tr><th scope="col">metric</th><th scope="col" class="text">what it is</th>
${['n', 'mean', ...percentiles, 'max'].map((name) => html`<th scope="col">${name}</th>`)}</tr>`
  const row = (name: string, label: string, distribution: Distribution) => html`
<tr><th scope="row">${name}</th><td class="text">${label}</td>${countCell(distribution.n)}
${valueCell(distribution, 'mean')}${percentiles.map((percentile) => percentileCell(distribution, percentile))}${valueCell(distribution, 'max')}</tr>`
  const body = html`<tbody>${result.metrics.map((metric) => row(metric.metric, metricLabels[metric.metric], metric))}
${row('gaps', 'between two chunks, all gaps of all answers', result.gaps)}
${row('itl', 'the same spread over tokens, all tokens of all answers', result.itl)}</tbody>`
  return scrollingTable('Times in ms', `All metrics: ${resultName(result)}`, head, body, 'metrics')
}

function valueCell(distribution: Distribution, name: 'mean' | 'max'): Html {
  return numberCell(distribution.n === 0 ? undefined : distribution[name])
}

function factsOf(result: LoadSummary): string {
  return [
    `${plural(result.requests, 'request')} in ${shortNumber(result.seconds)} s`,
    `${wholeNumber(result.succeeded)} succeeded, ${wholeNumber(result.failed)} failed`,
    `${wholeNumber(result.inputTokens)} tokens in, ${wholeNumber(result.outputTokens)} out (${tokensFrom[result.tokensFrom]})`,
    plural(result.chunks, 'chunk'),
    `${plural(result.stalls, 'gap')} of more than a second`,
  ].join(' · ')
}
