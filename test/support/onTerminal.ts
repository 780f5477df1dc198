import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { command, temporaryFolder } from './runRiffle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** True when util-linux's `script` is there, which gives a program a terminal of its own. */
export const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0

/**
 * Runs the command on a terminal, of 80 columns unless told otherwise, with `then` behind it on the shell's line; resolves to
 * every byte that reaches the terminal.
 */
export function onTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}, then = '', columns = 80): Promise<string> {
  const line = [process.execPath, command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const options = {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    maxBuffer: 1e8,
  }
  return new Promise((resolve, reject) => {
    const child = execFile('script', ['-qec', `stty cols ${columns}; ${line} ${then}`, '/dev/null'], options, (error, stdout) => (error === null ? resolve(stdout) : reject(error)))
    child.stdin?.end()
  })
}
