import { readFileSync } from 'node:fs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { readAnswers } from '../../simulator/readAnswers.ts'
import { readScript } from '../../simulator/readScript.ts'
import type { ScriptedAnswer, ScriptedAnswers } from '../../simulator/script.ts'
import { safe } from '../print.ts'
import type { SimulateOptions } from './options.ts'
import { parseDelay } from './parseDelay.ts'
import { parseFault } from './parseFault.ts'

/** The script of the flags: a file, or an answer, and over it what the other flags say. */
export function scriptFrom(options: SimulateOptions): ScriptedAnswers {
  const { headersDelay, firstDelay, delay, tokensPerEvent, reasoning, usage, seed, faultRate } = options
  const given = (['script', 'answers', 'text', 'tokens'] as const).filter((name) => options[name] !== undefined)
  if (given.length > 1) throw new InputError(`Give one of ${given.map((name) => `--${name}`).join(' and ')}: each of them says what is answered.`)
  const base = baseFrom(options)
  const over: Partial<ScriptedAnswer> = defined({
    headersDelayMs: headersDelay === undefined ? undefined : parseDelay('--headers-delay', headersDelay),
    firstDelayMs: firstDelay === undefined ? undefined : parseDelay('--first-delay', firstDelay),
    delayMs: delay === undefined ? undefined : parseDelay('--delay', delay),
    tokensPerEvent,
    reasoning,
    usage,
  })
  const faults = options.fault?.map(parseFault) ?? base.faults ?? []
  if (faultRate !== undefined && faults.length === 0) throw new InputError('Expected --fault with --fault-rate: it says what goes wrong.')
  return { ...base, answers: base.answers.map((answer) => ({ ...answer, ...over })), faults, ...defined({ seed, faultRate }) }
}

function baseFrom({ script, answers, text, tokens }: SimulateOptions): ScriptedAnswers {
  if (script !== undefined) return scriptIn(script)
  if (answers !== undefined) return { answers: readAnswers(contentOf(answers), safe(answers)) }
  return { answers: [defined({ text, tokens })] }
}

function scriptIn(path: string): ScriptedAnswers {
  const content = contentOf(path)
  let json: unknown
  try {
    json = JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new InputError(`${safe(path)}: expected JSON: ${safe(error instanceof Error ? error.message : String(error))}`)
  }
  const script = readScript(json, safe(path))
  if ('answers' in script) return script
  return { answers: Array.isArray(script) ? (script as readonly ScriptedAnswer[]) : [script as ScriptedAnswer] }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InputError(`Cannot read ${safe(path)}: ${describeFileError(error)}.`)
  }
}
