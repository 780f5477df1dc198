import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// Preloaded with `--import`: writes the address of every module that is loaded into the file named by LOADED_MODULES, a line each.
const log = process.env['LOADED_MODULES']
if (log === undefined) throw new Error('Expected LOADED_MODULES to name a file')

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    appendFileSync(log, `${resolved.url}\n`)
    return resolved
  },
})
