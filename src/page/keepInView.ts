/** Text ends so far above the field for questions, at least. */
const marginPx = 28
/** At most so far from there a reader counts as following. */
const nearPx = 56

/** Follows the end of the last answer while it is written; who scrolls up stays where they are. */
export function keepInView(turns: Element, composer: Element): void {
  let following = true
  /** How far the end of the text lies below where it can be seen. */
  const hidden = () => (turns.lastElementChild?.querySelector('.column')?.getBoundingClientRect().bottom ?? 0) - composer.getBoundingClientRect().top + marginPx

  document.addEventListener('scroll', () => (following = hidden() < nearPx), { passive: true })
  new ResizeObserver(() => {
    const below = hidden()
    if (following && below > 0) globalThis.scrollBy(0, below)
  }).observe(turns)
}
