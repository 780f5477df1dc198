/** Takes secrets out of a text and makes it one bounded line: what of other people's texts may stand in an error. */
export interface Redactor {
  line(text: string): string
  /** The beginning of a text, without secrets and with its control characters made visible. */
  excerpt(text: string): string
  /** The last characters of a text, without secrets. */
  tail(text: string, length: number): string
  /** How many characters before a tail are needed so that no secret is cut in two. */
  readonly reach: number
}

/** Shorter ones would take words out of every sentence, and guard nothing. */
const minSecretLength = 4
const maxLineLength = 400
const maxExcerptLength = 200
/** Most are: the ids of requests. */
const isPlainLine = /^[\x21-\x7e]{0,400}$/

/** Secrets are found as they are, and as an address or a JSON text would write them. */
export function createRedactor(secrets: readonly (string | undefined)[]): Redactor {
  const known = secrets.filter((secret) => secret !== undefined && secret.length >= minSecretLength).map(String)
  const forms = [...new Set(known.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]))]
  // The longest first: one secret may be the beginning of another.
  forms.sort((a, b) => b.length - a.length)
  const hide = (text: string) => forms.reduce((hidden, form) => hidden.replaceAll(form, '[secret]'), text)

  return {
    reach: forms[0]?.length ?? 0,
    excerpt(text) {
      const hidden = hide(text)
      const beginning = visible(hidden.slice(0, maxExcerptLength).toWellFormed())
      return hidden.length > maxExcerptLength ? `${beginning}…` : beginning
    },
    tail: (text, length) => hide(text).slice(-length),
    // Hidden before it is cut: half a key is still a part of it.
    line(text) {
      const hidden = hide(text)
      if (isPlainLine.test(hidden)) return hidden
      const line = hidden.slice(0, 4 * maxLineLength).replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()
      return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line
    },
  }
}

/** ESC is shown as ␛; what steers the writing direction, or shows as nothing, as �. */
function visible(text: string): string {
  return text
    .replace(/[\0-\x1f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .replaceAll('\x7f', '␡')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '�')
}
