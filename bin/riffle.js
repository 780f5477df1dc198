#!/usr/bin/env node
// Plain JavaScript that any Node reads: it only checks the version, then loads the bundled command.
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`riffle: needs Node.js 22.18 or newer, this is ${process.versions.node}. Install a newer one from nodejs.org.\n`)
  process.exit(2)
}
// Node says once that its own SQLite is new; the people who run a command did not ask.
const emitWarning = process.emitWarning
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).includes('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest)
}
if (!process.argv.includes('--no-cache')) {
  // Compiled code is kept beside the indexes: a fifth of the start.
  const { HOME, RIFFLE_CACHE, XDG_CACHE_HOME, USERPROFILE } = process.env
  const folder = RIFFLE_CACHE || XDG_CACHE_HOME || ((HOME || USERPROFILE) && `${HOME || USERPROFILE}/.cache`)
  if (folder) module.enableCompileCache(`${folder}/riffle/code`)
}
await import('../dist/cli/main.js')
