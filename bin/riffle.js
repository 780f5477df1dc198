#!/usr/bin/env node
// Plain JavaScript that any Node reads: it only checks the version, then loads the bundled command.
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
await import('../dist/cli/main.js')
