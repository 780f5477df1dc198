import { Writable } from 'node:stream'

/** A stream that takes nothing until it is told to, as a pipe whose reader is slow. */
export class SlowStream extends Writable {
  text = ''
  private waiting: (() => void)[] = []

  constructor(highWaterMark = 4) {
    super({ highWaterMark, decodeStrings: false })
  }

  override _write(piece: string, _encoding: string, done: () => void): void {
    this.waiting.push(() => {
      this.text += piece
      done()
    })
  }

  /** Takes everything that waits, and what comes while it does. */
  async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      for (const take of this.waiting.splice(0)) take()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** A stream that takes everything at once. */
export class FastStream extends Writable {
  text = ''

  constructor() {
    super({ decodeStrings: false })
  }

  override _write(piece: string, _encoding: string, done: () => void): void {
    this.text += piece
    done()
  }
}

/** Takes each piece in a turn of its own, so that what comes in one turn waits and is merged. */
export class TurnStream extends Writable {
  text = ''

  constructor() {
    super({ highWaterMark: 1, decodeStrings: false })
  }

  override _write(piece: string, _encoding: string, done: () => void): void {
    this.text += piece
    setImmediate(done)
  }
}
