import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'

/** Starts a program that writes without an end, and waits until it has written something. */
export async function startWriter(program: string, where: string, seed: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, where, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  expect(String(first[0])).toBe('ready\n')
  return child
}

export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
