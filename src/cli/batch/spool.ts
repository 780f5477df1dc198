import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** A file that is read twice: standard input (`-`) is kept in one until the process ends. */
export async function spooled(path: string): Promise<{ readonly path: string; readonly name: string }> {
  if (path !== '-') return { path, name: path }
  const folder = mkdtempSync(join(tmpdir(), 'riffle-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'stdin')
  await pipeline(process.stdin, createWriteStream(file, { mode: 0o600 }))
  return { path: file, name: 'standard input' }
}
