import { firstValueFrom } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { writeTo } from '../../internal/writeTo.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/startSimulator.ts'
import { exitCodes } from '../exit.ts'
import { interrupt, interruptedExit } from '../interrupt.ts'
import { note } from '../print.ts'
import { count } from '../progress.ts'
import { checkFlags } from '../simulate/checkFlags.ts'
import type { SimulateOptions } from '../simulate/options.ts'
import { scriptFrom } from '../simulate/scriptFrom.ts'

/** Serves a scripted model until Ctrl-C. Its base URL is the first line of standard output, as soon as it listens. */
export async function simulate(options: SimulateOptions): Promise<void> {
  checkFlags(options)
  const { port, seed, rpm, tpm, requireKey, model } = options
  const limits = rpm === undefined && tpm === undefined ? undefined : defined({ requestsPerMinute: rpm, tokensPerMinute: tpm })
  const interrupted = firstValueFrom(interrupt)
  // Started by another process of ours, which is gone now.
  process.on('disconnect', () => process.exit(exitCodes.interrupted))
  const simulator = await started({ script: scriptFrom(options), port, ...defined({ seed, limits, requireKey, models: model }) })
  await writeTo(process.stdout, `${simulator.url}\n`)
  for (const line of hints(simulator.url, model?.[0] ?? 'simulated', requireKey !== undefined)) note(line)

  await interrupted
  await simulator.close()
  const { requests, events } = simulator.record.counts
  note(`Answered ${count(requests, 'request')} with ${count(events, 'event')}.`)
  throw interruptedExit()
}

async function started(options: SimulatorOptions): Promise<Simulator> {
  try {
    return await startSimulator(options)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new InputError(`Port ${options.port} is in use: give another --port, or none for a free one.`)
    if (code === 'EACCES') throw new InputError(`Port ${options.port} may not be used: give a --port from 1024.`)
    throw error
  }
}

function hints(url: string, model: string, hasKey: boolean): readonly string[] {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello' }] })
  const key = hasKey ? ' -H "authorization: Bearer $KEY"' : ''
  return [
    'A scripted model, until Ctrl-C. To try it:',
    `  curl -N ${url}/chat/completions${key} -H 'content-type: application/json' -d '${body.replaceAll("'", String.raw`'\''`)}'`,
    'What it did, and when:',
    `  curl '${new URL('/simulator/record?events=false', url).href}'`,
  ]
}
