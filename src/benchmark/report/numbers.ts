/** Three significant digits, never an exponent; from 10,000 on with a narrow space between thousands. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 0.001) return '<0.001'
  if (size >= 1000) return wholeNumber(Number(value.toPrecision(3)))
  const text = value.toPrecision(3)
  // 999.6 becomes 1.00e+3.
  return text.includes('e') ? String(Number(text)) : text
}

/** A count, all its digits. */
export function wholeNumber(value: number): string {
  const digits = String(Math.round(value))
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, '\u202F')
}

export function percent(share: number): string {
  return `${shortNumber(share * 100)} %`
}

/** Four digits: enough for a picture, and a page that stays small. */
export function forChart(value: number): number {
  return Number(value.toPrecision(4))
}

/** `2026-01-31T14:05:09.120Z` -> `2026-01-31 14:05 UTC`; anything else as it is. */
export function shortDate(iso: string): string {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*Z$/.exec(iso)
  return found === null ? iso : `${found[1]} ${found[2]} UTC`
}

export function plural(count: number, noun: string): string {
  return `${wholeNumber(count)} ${noun}${count === 1 ? '' : 's'}`
}
