export type Attributes = Readonly<Record<string, string>>

/** Elements whose content is no text to read: programs, styles, what is shown only without scripts, drawings, lists of suggestions. */
const NEVER_SHOWN = new Set(
  'title script style template noscript noembed noframes iframe object applet canvas svg audio video datalist'.split(' '),
)

/** Whether an element and all in it is not shown, as far as the element itself says so. Style sheets are not looked at. */
export function isHidden(name: string, attributes: Attributes): boolean {
  if (NEVER_SHOWN.has(name)) return true
  // Whole pages are hidden until their scripts have run; their text is there all the same.
  if (name === 'html' || name === 'body') return false
  const { hidden, style } = attributes
  if (hidden !== undefined && hidden.toLowerCase() !== 'until-found') return true
  // A picture of a formula is hidden from readers' programs in favour of its markup, which is hidden from the eye: its text is the one we get.
  const isPicture = name === 'img' && (attributes['alt'] ?? '') !== ''
  if (!isPicture && attributes['aria-hidden']?.trim().toLowerCase() === 'true') return true
  if (name === 'dialog' && attributes['open'] === undefined) return true
  return style !== undefined && /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b/i.test(style)
}
