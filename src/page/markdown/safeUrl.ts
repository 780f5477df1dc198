const protocols = new Set(['http:', 'https:', 'mailto:'])
const maxLength = 2000

/** The address as a browser reads it, when a person may be led there: never code, never with a name before the host that looks like one. */
export function safeUrl(text: string): string | undefined {
  if (text.length > maxLength) return undefined
  const url = URL.parse(text)
  if (url === null || !protocols.has(url.protocol) || url.username !== '' || url.password !== '') return undefined
  return url.href
}
