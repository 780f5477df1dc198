import { Observable, Subject } from 'rxjs'
import { exitCodes } from './exit.ts'

const pressed = new Subject<void>()
let listening = false
let times = 0
/** To end an answer properly: to close sockets, sync files, print the end. */
let longestEndMs = 1000

/** For a command that has more to bring to its end than one answer. */
export function allowEndOf(milliseconds: number): void {
  longestEndMs = milliseconds
}

/** Ctrl-C. The second one ends the process on the spot. Until somebody listens, it does what it always does. */
export const interrupt: Observable<void> = new Observable<void>((subscriber) => {
  if (!listening) {
    listening = true
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, press)
  }
  return pressed.subscribe(subscriber)
})

function press(): void {
  times++
  // Nobody to tell: between two stages of a command.
  if (times > 1 || !pressed.observed) process.exit(exitCodes.interrupted)
  pressed.next()
  // Who waits for the prompt does not wait for a reader of the output that has stopped reading.
  setTimeout(() => process.exit(exitCodes.interrupted), longestEndMs).unref()
}
