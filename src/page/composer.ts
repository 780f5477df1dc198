import { byId } from './dom.ts'

export interface Composer {
  /** Shows which of asking and stopping can be done. */
  setRunning(isRunning: boolean): void
  focus(): void
}

/** The field for questions, with its keys. */
export function createComposer({ ask, stop }: { readonly ask: (question: string) => void; readonly stop: () => void }): Composer {
  const field = byId('question', HTMLTextAreaElement)
  const [askButton, stopButton] = [byId('ask', HTMLButtonElement), byId('stop', HTMLButtonElement)]
  let running = false

  const submit = () => {
    const question = field.value.trim()
    if (question === '' || running) return
    field.value = ''
    ask(question)
  }
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
    field.focus()
  })
  field.addEventListener('keydown', (event) => {
    // Enter also ends what an input method composes.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    submit()
  })
  stopButton.addEventListener('click', () => {
    stop()
    field.focus()
  })
  document.addEventListener('keydown', (event) => {
    const isOpen = document.querySelector('dialog[open]') !== null
    if (event.key === 'Escape' && running && !isOpen && !event.isComposing) stop()
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || isOpen) return
    event.preventDefault()
    field.focus()
  })

  return {
    setRunning(isRunning) {
      const hadFocus = document.activeElement === askButton || document.activeElement === stopButton
      running = isRunning
      askButton.hidden = isRunning
      stopButton.hidden = !isRunning
      if (hadFocus) field.focus()
    },
    focus: () => field.focus(),
  }
}
