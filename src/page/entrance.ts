import { type Api, RefusedError } from './api.ts'
import { byId, setText } from './dom.ts'
import { savedToken } from './storage.ts'

/** Asks for the token until the server takes one. Asked twice at once it is one question. */
export function createEntrance(check: Api['price']): () => Promise<void> {
  const dialog = byId('entrance', HTMLDialogElement)
  const field = byId('token', HTMLInputElement)
  const problem = byId('entrance-problem')
  let entering: Promise<void> | undefined

  // There is nothing behind it to go back to, whatever a browser does at Escape.
  dialog.addEventListener('close', () => {
    if (entering !== undefined) dialog.showModal()
  })
  const ask = () => new Promise<void>((resolve) => {
    const submit = async () => {
      savedToken.set(field.value.trim())
      try {
        await check()
      } catch (error) {
        if (error instanceof RefusedError && error.status === 401) {
          savedToken.forget()
          setText(problem, 'The server does not take this token.')
        } else setText(problem, 'The server cannot be reached.')
        return field.select()
      }
      byId('entrance-form').removeEventListener('submit', onSubmit)
      field.value = ''
      setText(problem, '')
      entering = undefined
      dialog.close()
      resolve()
    }
    const onSubmit = (event: Event) => {
      event.preventDefault()
      void submit()
    }
    byId('entrance-form').addEventListener('submit', onSubmit)
    if (!dialog.open) dialog.showModal()
    field.focus()
  })
  return () => (entering ??= ask())
}
