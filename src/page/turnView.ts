import type { CitationChunk } from '../types/chunk.ts'
import { append, element, icon, setText } from './dom.ts'
import { createAnswerView } from './answerView.ts'
import { factsOf } from './facts.ts'
import type { Price } from './api.ts'
import { type OpenPassage, sourceItem } from './sourceItem.ts'
import { type Turn, citationOf, textOf } from './turn.ts'

export interface TurnView {
  readonly root: HTMLElement
  /** Draws what has changed. */
  show(turn: Turn): void
  /** The connection is lost, or back (undefined). */
  showLost(lost: { readonly inMs: number; readonly now: () => void } | undefined): void
}

export interface TurnActions {
  readonly open: OpenPassage
  readonly again: () => void
  readonly price: () => Price | undefined
}

/** One question and its answer, with the sources beside it. `number` makes its ids its own. */
export function createTurnView(number: number, question: string, { open, again, price }: TurnActions): TurnView {
  const reasoningText = element('div', { class: 'thoughts', dir: 'auto' })
  const reasoning = element('details', { class: 'reasoning', hidden: true }, element('summary', {}, 'Thoughts of the model'), reasoningText)
  const text = element('div', { class: 'answer' })
  const doing = element('p', { class: 'doing' })
  const lost = element('div', { class: 'lost', hidden: true })
  const problem = element('div', { class: 'problem', hidden: true })
  const facts = element('dl', { class: 'facts', hidden: true, 'aria-label': 'Statistics' })
  const list = element('ol')
  const sources = element('div', { class: 'sources', role: 'group', 'aria-labelledby': `sources-${number}`, hidden: true }, element('h3', { id: `sources-${number}` }, 'Sources'), list)
  const root = element(
    'article', { class: 'turn', 'aria-labelledby': `question-${number}` },
    element('h2', { id: `question-${number}`, class: 'question', dir: 'auto', tabindex: '-1' }, question),
    element('div', { class: 'columns' }, element('div', { class: 'column' }, reasoning, text, doing, lost, problem, facts), sources),
  )
  const answer = createAnswerView(text, open)
  let drawnSources = ''

  const showSources = (turn: Turn) => {
    const cited = turn.sources.map(({ id }) => citationOf(turn, id))
    const drawn = JSON.stringify([turn.sources.map(({ id }) => id), cited.map((citation) => citation?.start)])
    if (drawn === drawnSources) return
    drawnSources = drawn
    sources.hidden = turn.sources.length === 0
    const focused = [...list.children].findIndex((item) => item.contains(document.activeElement))
    list.replaceChildren(...turn.sources.map((passage, index) => sourceItem(passage, index + 1, withQuote(cited[index]), open)))
    // Who stands on a source stays there.
    list.children[focused]?.querySelector('button')?.focus({ preventScroll: true })
  }
  const showProblem = ({ error, ended }: Turn) => {
    problem.hidden = error === undefined
    if (error === undefined || problem.childElementCount > 0) return
    const button = element('button', { type: 'button', class: 'quiet' }, icon('again'), 'Ask again')
    button.addEventListener('click', again)
    append(problem, [element('p', { dir: 'auto' }, element('strong', {}, ended === 'error' ? 'The answer failed. ' : 'Something failed. '), error.message), button])
  }

  return {
    root,
    show(turn) {
      const running = turn.ended === undefined
      root.toggleAttribute('data-running', running)
      text.setAttribute('aria-busy', String(running))
      answer.show(turn)
      reasoning.hidden = turn.reasoning === ''
      setText(reasoningText, turn.reasoning)
      doing.hidden = !running || (turn.doing === undefined && textOf(turn) !== '')
      setText(doing, turn.doing ?? 'Searching')
      showSources(turn)
      showProblem(turn)
      facts.hidden = running
      if (!running) facts.replaceChildren(...factsOf(turn, price()).map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))))
    },
    showLost(state) {
      lost.hidden = state === undefined
      if (state === undefined) return lost.replaceChildren()
      const button = element('button', { type: 'button', class: 'quiet' }, 'Try now')
      button.addEventListener('click', state.now)
      const seconds = Math.max(1, Math.round(state.inMs / 1000))
      lost.replaceChildren(element('p', {}, `The connection is lost. Next try in ${seconds} s; the answer goes on where it was.`), button)
    },
  }
}

function withQuote(citation: CitationChunk | undefined): { readonly quote: string | undefined } | undefined {
  return citation && { quote: citation.quote }
}
