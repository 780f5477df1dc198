import { Observable, Subject } from 'rxjs'
import { Exit, exitCodes } from './exit.ts'

/** The user's Ctrl-C, another program's request to end, and the terminal that was closed. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const codes: Readonly<Record<EndSignal, number>> = { SIGINT: exitCodes.interrupted, SIGTERM: exitCodes.terminated, SIGHUP: exitCodes.hungUp }
const pressed = new Subject<EndSignal>()
let listening = false
let first: EndSignal | undefined
/** To end an answer properly: to close sockets, sync files, print the end. */
let longestEndMs = 1000

/** For a command that has more to bring to its end than one answer. */
export function allowEndOf(milliseconds: number): void {
  longestEndMs = milliseconds
}

/** Ctrl-C, which ends the process on the spot the second time, and its kin. Until somebody listens, each does what it always does. */
export const interrupt: Observable<EndSignal> = new Observable<EndSignal>((subscriber) => {
  if (!listening) {
    listening = true
    for (const signal of Object.keys(codes) as EndSignal[]) process.on(signal, press)
  }
  return pressed.subscribe(subscriber)
})

/** From here on the command listens to these signals itself. */
export function releaseInterrupts(): void {
  for (const signal of Object.keys(codes) as EndSignal[]) process.off(signal, press)
}

/** The end of a command that was interrupted, with the exit code of its signal. */
export function interruptedExit(): Exit {
  return new Exit(codes[first ?? 'SIGINT'])
}

function press(signal: EndSignal): void {
  if (first === undefined) {
    first = signal
    // Nobody to tell: between two stages of a command.
    if (!pressed.observed) process.exit(codes[first])
    // Who waits for the prompt does not wait for a reader of the output that has stopped reading.
    setTimeout(() => process.exit(codes[signal]), longestEndMs).unref()
  } else if (signal === 'SIGINT') process.exit(codes[first])
  // A terminal that closes tells it more than once, and other programs may be as eager: nothing is cut short by that.
  pressed.next(signal)
}
