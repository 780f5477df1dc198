import type { RunSummary } from '../summary.ts'
import { browserScript } from './browserScript.ts'
import { chartData, chartFigures } from './chartFigures.ts'
import { errorTable, selfTable } from './checkTables.ts'
import { distributionCharts } from './distributionCharts.ts'
import { gapChart } from './gapChart.ts'
import { html, raw } from './html.ts'
import { loadCharts } from './loadCharts.ts'
import { looksOf } from './looks.ts'
import { metricTables } from './metricTables.ts'
import { shortDate } from './numbers.ts'
import { reportHead, reportTitle } from './reportHead.ts'
import { stageBars } from './stageBars.ts'
import { pageStyle } from './style.ts'
import { summaryTable } from './summaryTable.ts'

/**
 * A run as one page that needs nothing else: no file beside it, no network. The same summary gives the same bytes.
 *
 * @param plotting Texts of uPlot and of its style: see `loadPlotting`.
 */
export function reportHtml(summary: RunSummary, plotting: { readonly script: string; readonly style: string }): string {
  const { run, results } = summary
  const looks = looksOf(results)
  const groups = [...distributionCharts(results, looks), ...loadCharts(summary, looks), ...gapChart(results, looks)]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>riffle bench: ${reportTitle(run)}, ${shortDate(run.startedAt)}</title>
<style>${raw(plotting.style)}</style>
<style>${raw(pageStyle(looks))}</style>
</head>
<body>
<main>${reportHead(summary)}
<section>
<h2>Summary</h2>${summaryTable(results)}
</section>
<noscript><p class="warning">The charts below need JavaScript. All their figures are in the tables.</p></noscript>
${chartFigures(groups)}${stageBars(results)}${metricTables(results)}${errorTable(results)}${selfTable(results)}
<section>
<h2>How to read this</h2>
<p>Times are in milliseconds, to three significant digits, of requests that succeeded. p90 is the time that nine of ten requests did not exceed.
“–” stands where a sample is too small for its percentile, with the number of values that it still needs, or where nothing was measured.
A closed load starts a request when another ends, so a slow target gets fewer of them; an open load keeps its rate, and there the times from the
schedule on are those of a user. Goodput counts the requests that kept every limit, of all that were made.</p>
</section>
</main>
<script type="application/json" id="charts">${chartData(groups)}</script>
<script>${raw(plotting.script.replaceAll('</script', String.raw`<\/script`))}</script>
<script>${raw(browserScript)}</script>
</body>
</html>
`.markup
}
