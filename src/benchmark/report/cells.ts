import type { Distribution, PercentileName } from '../../types/distribution.ts'
import type { SelfCheck } from '../run.ts'
import { html, type Html, type HtmlValue } from './html.ts'
import { shortNumber, wholeNumber } from './numbers.ts'

/** A number of a table, with something quiet below it. */
export function numberCell(value: number | undefined, below?: HtmlValue): Html {
  if (value === undefined) return html`<td class="none">–</td>`
  return html`<td>${shortNumber(value)}${below === undefined ? undefined : html`<small>${below}</small>`}</td>`
}

export function countCell(value: number | undefined): Html {
  return value === undefined ? html`<td class="none">–</td>` : html`<td class="count">${wholeNumber(value)}</td>`
}

/** The percentile, or how many more samples it needs. */
export function percentileCell(distribution: Distribution | undefined, name: PercentileName): Html {
  const value = distribution?.percentiles[name]
  const missing = distribution?.missing[name]
  if (value !== undefined || missing === undefined) return numberCell(value)
  return html`<td class="none">–<small>needs ${wholeNumber(missing)} more</small></td>`
}

/** A table in a box of its own, which scrolls when the page is narrow; a keyboard scrolls it too. */
export function scrollingTable(caption: HtmlValue, name: string, head: Html, body: HtmlValue, className = ''): Html {
  return html`
<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table class="${className}">
<caption><span>${caption}</span></caption>
<thead>${head}</thead>
${body}
</table></div>`
}

/** Below a result whose figures are the client's own. */
export function limitedRow({ clientLimited }: SelfCheck, columns: number): Html | undefined {
  if (clientLimited === undefined) return undefined
  return html`<tr class="limited"><td colspan="${columns}">${limitedText(clientLimited)}</td></tr>`
}

export function limitedText(reason: string): Html {
  const sentence = /[.!?]$/.test(reason) ? reason : `${reason}.`
  return html`<div class="warning"><strong>Client limited.</strong> ${sentence} These figures may be those of the load generator, not of the target.</div>`
}
