import { byId, setText } from './dom.ts'

export type Announce = (words: string) => void

/** Tells readers of the screen what goes on: how an answer stands, never its every word. */
export function createAnnounce(): Announce {
  const status = byId('status')
  return (words) => setText(status, words)
}
