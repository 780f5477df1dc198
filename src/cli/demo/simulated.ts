import { type Observable, concatMap, defer, finalize } from 'rxjs'
import { openai } from '../../models/openaiModel.ts'
import type { Script } from '../../simulator/script.ts'
import { type Simulator, startSimulator } from '../../simulator/startSimulator.ts'
import type { LanguageModel } from '../../types/ports.ts'

/** Runs what `use` makes of a simulated server and its model; the server goes when that ends or is dropped. */
export function simulated<T>(script: Script, use: (model: LanguageModel, simulator: Simulator) => Observable<T>): Observable<T> {
  return defer(() => startSimulator({ script })).pipe(
    concatMap((simulator) => use(openai({ model: 'simulated', baseUrl: simulator.url }), simulator).pipe(finalize(() => void simulator.close()))),
  )
}
