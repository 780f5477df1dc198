import { append, type Child, element } from '../dom.ts'
import type { Block, Inline } from './tree.ts'

export interface Drawing {
  /** Makes what a citation looks like, from its place in the list of citations. */
  readonly citation: (index: number) => Node
  /** How many headings stand above this one, itself too: an outline without gaps, whatever levels were written. */
  readonly depth: (level: number) => number
}

/** The elements of a block. Everything that is said goes through `element`, so it is text. */
export function drawBlock(block: Block, drawing: Drawing): HTMLElement {
  const inline = (children: readonly Inline[]) => children.flatMap((child) => drawInline(child, drawing))
  const blocks = (children: readonly Block[]) => children.map((child) => drawBlock(child, drawing))
  switch (block.kind) {
    case 'paragraph':
      return element('p', { dir: 'auto' }, ...inline(block.children))
    case 'heading':
      // The question is of level 2, so what the answer has comes below.
      return element(`h${Math.min(6, drawing.depth(block.level) + 2)}` as 'h3', { dir: 'auto' }, ...inline(block.children))
    case 'code':
      // What is wider than the page can be scrolled, also with keys.
      return element('pre', { tabindex: '0', 'aria-label': block.language === '' ? 'Code' : `Code, ${block.language}`, role: 'group' }, element('code', {}, block.text))
    case 'list':
      return element(block.ordered ? 'ol' : 'ul', { start: block.ordered && block.start !== 1 && String(block.start) }, ...block.items.map((item) => element('li', { dir: 'auto' }, ...tight(item, drawing))))
    case 'quote':
      return element('blockquote', {}, ...blocks(block.children))
    case 'table': {
      const row = (cells: readonly (readonly Inline[])[], name: 'td' | 'th') => element('tr', {}, ...cells.map((cell) => element(name, { dir: 'auto', scope: name === 'th' && 'col' }, ...inline(cell))))
      const table = element('table', {}, element('thead', {}, row(block.header, 'th')), element('tbody', {}, ...block.rows.map((cells) => row(cells, 'td'))))
      return element('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Table' }, table)
    }
    case 'rule':
      return element('hr')
  }
}

/** An item of one line needs no paragraph of its own. */
function tight(item: readonly Block[], drawing: Drawing): Node[] {
  return item.flatMap((block, index): Node[] => {
    if (index > 0 || block.kind !== 'paragraph') return [drawBlock(block, drawing)]
    const line = document.createDocumentFragment()
    append(line, block.children.flatMap((child) => drawInline(child, drawing)))
    return [line]
  })
}

function drawInline(inline: Inline, drawing: Drawing): Child[] {
  if (typeof inline === 'string') return [inline]
  const children = 'children' in inline ? inline.children.flatMap((child) => drawInline(child, drawing)) : []
  switch (inline.kind) {
    case 'strong':
      return [element('strong', {}, ...children)]
    case 'emphasis':
      return [element('em', {}, ...children)]
    case 'strike':
      return [element('del', {}, ...children)]
    case 'code':
      return [element('code', {}, inline.text)]
    case 'break':
      return [element('br')]
    case 'citation':
      return inline.indexes.map(drawing.citation)
    case 'link':
      return drawLink(inline.url, children)
  }
}

/** Says where it leads when its words do not. */
function drawLink(url: string, children: readonly Child[]): Child[] {
  const link = element('a', { href: url, rel: 'noopener noreferrer nofollow', target: '_blank' }, ...children)
  const { host, protocol } = new URL(url)
  if (protocol === 'mailto:' || (link.textContent ?? '').includes(host)) return [link]
  return [link, element('span', { class: 'host' }, ` (${host})`)]
}
