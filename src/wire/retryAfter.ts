/**
 * How long a server asks to wait, in milliseconds: `retry-after-ms`, else `retry-after` in seconds or as a date.
 * Undefined when it does not say, or says something else.
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, now: number = Date.now()): number | undefined {
  const milliseconds = nonNegative(headers['retry-after-ms'])
  if (milliseconds !== undefined) return Math.round(milliseconds)
  const value = headers['retry-after']
  const seconds = nonNegative(value)
  if (seconds !== undefined) return Math.round(seconds * 1000)
  // A date has a month's name: `Date.parse` also takes numbers such as "-5" for years.
  const date = value !== undefined && /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function nonNegative(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return undefined
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER)
}
