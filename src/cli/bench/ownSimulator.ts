import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { InputError } from '../../errors.ts'

/** A model that begins after some 40 ms, and then sends a token every 5. */
const defaultScript = '--first-delay lognormal:40,0.25 --delay 5 --tokens 48'

/** Starts `riffle simulate` in a process of its own, so that it does not share a thread with what is measured. */
export async function startOwnSimulator(script: string): Promise<{ readonly url: string; close(): void }> {
  const words = wordsOf(script.trim() === '' ? defaultScript : script)
  const child = spawn(process.execPath, [process.argv[1] ?? '', 'simulate', ...words], {
    // The channel is its lifeline: it ends when this process is gone, however.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not of the group that gets the terminal's Ctrl-C: requests in flight are to be dropped, not to fail.
    detached: true,
  })
  const close = () => void child.kill('SIGKILL')
  process.on('exit', close)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)))
  const lines = createInterface({ input: child.stdout! })
  const first = await Promise.race([once(lines, 'line'), once(child, 'close')])
  const [url] = first as [unknown]
  if (typeof url !== 'string') throw new InputError(`--simulate: ${said.trim().split('\n').at(-1)?.replace(/^riffle: /, '') ?? 'riffle simulate did not start.'}`)
  return { url, close }
}

/** Words as a shell takes them, as far as quotes go. */
function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g), ([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) => double ?? single ?? ''))
}
