import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const command = join(root, 'bin/riffle.js')

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  /** For root, who may do everything: without the right to pass over the permissions of files. The user stays, since the checkout may be closed to others. */
  readonly unprivileged?: boolean
  /** What it may write into one file. */
  readonly fileBlocks?: number
  /** A file that standard output is written to; `stdout` of the run is then empty. */
  readonly stdoutTo?: string
  readonly onStart?: (child: ChildProcess) => void
  /** Called with what was printed so far whenever something comes. */
  readonly onOutput?: (child: ChildProcess, output: { stdout: string; stderr: string }) => void
}

/** Builds the command when a source is newer than the last build. */
export function buildCommand(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), '--if-needed'], { stdio: ['ignore', 'inherit', 'inherit'] })
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'riffle-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const withoutCapabilities = ['setpriv', '--inh-caps=-all', '--bounding-set=-all']

/** Runs the built command as a user would, with a home and a cache of its own and no key. */
export function runRiffle(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { env = {}, cwd, input, unprivileged = false, fileBlocks, stdoutTo, onStart, onOutput } = options
  const home = env['HOME'] ?? temporaryFolder()
  const words = [...(unprivileged ? withoutCapabilities : []), process.execPath, command, ...args]
  const limited = fileBlocks === undefined ? words : ['sh', '-c', `ulimit -f ${fileBlocks}; exec "$@"`, 'sh', ...words]
  const child = spawn(limited[0]!, limited.slice(1), {
    cwd: cwd ?? root,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
    stdio: ['pipe', stdoutTo === undefined ? 'pipe' : openSync(stdoutTo, 'w'), 'pipe'],
  })
  onStart?.(child)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      onOutput?.(child, output)
    })
  }
  child.stdin?.on('error', () => undefined).end(input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, ...output }))
  })
}
