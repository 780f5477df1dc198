/** Text that is markup already. Everything else put into `html` is escaped. */
export interface Html {
  readonly markup: string
}

export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[]

/** A template whose values are escaped, so that a name or an error text is never read as markup. `undefined` is nothing, a list is its items. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { markup: parts.map((part, place) => part + (place < values.length ? markupOf(values[place]) : '')).join('') }
}

/** Text that we wrote ourselves or that is no markup at all, as it is. */
export function raw(markup: string): Html {
  return { markup }
}

/** For `<script type="application/json">`: no `<`, so that no text in it can end the element. */
export function jsonForPage(value: unknown): Html {
  return raw(JSON.stringify(value).replaceAll('<', String.raw`\u003c`))
}

function markupOf(value: HtmlValue): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map((item) => markupOf(item)).join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  // What turns the direction of writing could make a name look like another.
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '').replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
