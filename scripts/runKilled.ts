import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../bin/riffle.js', import.meta.url))

export interface KilledRun {
  /** Requests that the scripted server has had until now, in this run or before. */
  readonly requests: () => number
  /** A folder of its own. */
  readonly home: string
  /** After the run's first request; below 0: so long after its start, before it can have asked. Absent: it is not killed. */
  readonly killAfterMs?: number | undefined
}

/** Runs the command and kills it at an instant; resolves to its exit code, null when it was killed. */
export function runKilled(args: readonly string[], { requests, home, killAfterMs }: KilledRun): Promise<number | null> {
  const child = spawn(process.execPath, [command, ...args], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', HOME: home } })
  const before = requests()
  let killer: NodeJS.Timeout | undefined
  const killIn = (milliseconds: number) => (killer ??= setTimeout(() => child.kill('SIGKILL'), milliseconds))
  const watch = setInterval(() => {
    if (killAfterMs !== undefined && requests() > before) killIn(killAfterMs)
  }, 1)
  if (killAfterMs !== undefined && killAfterMs < 0) killIn(-killAfterMs)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearInterval(watch)
      clearTimeout(killer)
      resolve(code)
    })
  })
}
