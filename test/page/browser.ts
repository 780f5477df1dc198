import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

/** Chromium as Debian packages it, or `RIFFLE_CHROMIUM`; undefined when this machine has none. */
export const chromiumPath: string | undefined = process.env['RIFFLE_CHROMIUM'] ?? names.flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))).find(isExecutable)

/** Without a browser the tests of the page are skipped, which says so; CI has to have one. */
export const skipsBrowser = chromiumPath === undefined && process.env['CI'] === undefined
if (skipsBrowser) console.warn('Skipped: the tests of the page need Chromium (apt-get install chromium-headless-shell, or RIFFLE_CHROMIUM)')

export function openBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('The tests of the page need Chromium: apt-get install chromium-headless-shell')
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
