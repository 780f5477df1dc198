import { harmlessText } from '../internal/harmlessText.ts'

export type Child = Node | string | false | undefined

type Attributes = Readonly<Record<string, string | boolean | undefined>>

/**
 * Makes an element. A string among its children becomes a text node without control characters: this is the only way by which
 * the words of a model, a document or a person come onto the page, so they stay words.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  setAttributes(made, attributes)
  append(made, children)
  return made
}

export function append(parent: Element | DocumentFragment, children: readonly Child[]): void {
  for (const child of children) {
    if (typeof child === 'string') parent.append(shown(child))
    else if (child !== undefined && child !== false) parent.append(child)
  }
}

export function setText(target: Element, text: string): void {
  const next = shown(text)
  // What has not changed is not told again to a reader of the screen.
  if (target.textContent !== next) target.textContent = next
}

/** One of the drawings in index.html. */
export function icon(name: 'ask' | 'stop' | 'close' | 'again' | 'open'): SVGElement {
  const namespace = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(namespace, 'svg')
  const use = document.createElementNS(namespace, 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(use)
  return svg
}

/** The element with this id, which index.html has. */
export function byId(id: string): HTMLElement
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T
export function byId(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}`)
  return found
}

/** Without control characters and marks that turn the direction of text. */
export function shown(text: string): string {
  return harmlessText()(text)
}

function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) target.setAttribute(name, '')
    else if (typeof value === 'string') target.setAttribute(name, shown(value))
  }
}
