/**
 * Makes text safe to show on a terminal: every control character but tab and line feed becomes its visible picture
 * (ESC is shown as ␛), so no sequence can form, also not across the borders of chunks. Line ends become line feeds;
 * marks that reverse the direction of the text are shown as �.
 *
 * Keeps one bit between calls: make one per stream.
 */
export function harmlessText(): (text: string) => string {
  let afterReturn = false
  return (text) => {
    // oxlint-disable-next-line no-control-regex
    if (!afterReturn && !/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text)) return text
    const whole = afterReturn && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') afterReturn = text.endsWith('\r')
    return whole
      .replace(/\r\n?/g, '\n')
      .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) => (control === '\x7f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0))))
      .replace(/[\x80-\x9f\u202a-\u202e\u2066-\u2069]/g, '�')
  }
}
