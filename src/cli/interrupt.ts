import { Observable, share } from 'rxjs'
import { exitCodes } from './exit.ts'

/** Ctrl-C, once; the second one ends the process on the spot. While nobody listens, Ctrl-C does what it always does. */
export const interrupt: Observable<void> = new Observable<void>((subscriber) => {
  let pressed = false
  const onSignal = () => {
    if (pressed) process.exit(exitCodes.interrupted)
    pressed = true
    subscriber.next()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}).pipe(share())
