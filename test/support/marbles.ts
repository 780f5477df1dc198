import { TestScheduler, type RunHelpers } from 'rxjs/testing'
import { expect } from 'vitest'

/** Runs a marble test in virtual time: 1 frame = 1 ms. */
export function marbles(body: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body)
}
