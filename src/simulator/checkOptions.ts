import { InputError, InvalidOptionError } from '../errors.ts'
import { readAnswer, readScript } from './readScript.ts'
import type { Script } from './script.ts'
import { amount, object, text, truth, list, whole } from './shape.ts'
import type { SimulatorOptions } from './startSimulator.ts'

const readOptions = object({
  script: (script, { path }) => checkScript(script as Script, path),
  embeddings: (script, { path }) => checkScript(script as Script, path),
  dimensions: whole(1, 65_536),
  models: list(text),
  requireKey: text,
  limits: object({ requestsPerMinute: whole(1), tokensPerMinute: whole(1), windowMs: amount() }),
  seed: whole(0),
  port: whole(0, 65_535),
  maxRequests: whole(1),
  maxRecordBytes: whole(1),
  recordEvents: truth,
})

/** Checks what a program gave, at the call; what a function answers, when it does. @throws InvalidOptionError */
export function checkOptions(options: SimulatorOptions): SimulatorOptions {
  try {
    return readOptions(options, { name: 'startSimulator', path: '' }) as SimulatorOptions
  } catch (error) {
    throw error instanceof InputError ? new InvalidOptionError(error.message) : error
  }
}

function checkScript(script: Script, name: string): Script {
  return typeof script === 'function' ? (request) => readAnswer(script(request), `${name}()`) : readScript(script, name)
}
