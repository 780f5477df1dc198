import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('peers', import.meta.url))

/**
 * Installs what is measured beside us into a cache folder, when it is not there yet, and tells where. A name for each lockfile.
 *
 * @throws Error when npm cannot install it.
 */
export function installPeers(): string {
  const name = createHash('sha256').update(readFileSync(join(source, 'package-lock.json'))).digest('hex').slice(0, 12)
  const folder = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'riffle', `bench-peers-${name}`)
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) {
    console.error('installing the peers that are measured …')
    mkdirSync(folder, { recursive: true })
    cpSync(source, folder, { recursive: true })
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  // The programs may have changed since.
  cpSync(source, folder, { recursive: true })
  return folder
}
