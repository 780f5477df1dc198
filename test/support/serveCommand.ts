import type { ChildProcess } from 'node:child_process'
import { buildCommand, runRiffle } from './runRiffle.ts'

export interface Serving {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts `riffle serve` at a free port; resolves when it listens. `env` needs a HOME when it outlives a test. */
export function serveCommand(flags: readonly string[], env: Readonly<Record<string, string>>): Promise<Serving> {
  buildCommand()
  return new Promise((resolve, reject) => {
    let child: ChildProcess | undefined
    const ended = runRiffle(['serve', '--port', '0', ...flags], {
      env,
      onStart: (started) => (child = started),
      onOutput(_, { stderr }) {
        const url = /^(http:\S+), until Ctrl-C/m.exec(stderr)?.[1]
        if (url === undefined) return
        resolve({
          url,
          async stop() {
            child?.kill('SIGINT')
            await ended
          },
        })
      },
    })
    ended.then(({ stderr }) => reject(new Error(`It ended before it listened: ${stderr}`)), reject)
  })
}
