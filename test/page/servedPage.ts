import { lastValueFrom, of } from 'rxjs'
import { type Simulator, startSimulator } from 'riffle-rx/simulator'
import { openai } from '../../src/models/openaiModel.ts'
import { estimatedTokens } from '../../src/models/estimatedTokens.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import { type Handler, handler } from '../../src/server/handler.ts'
import type { HandlerOptions } from '../../src/server/options.ts'
import { serve } from '../../src/server/serve.ts'
import type { Script } from '../../src/simulator/script.ts'
import { filesIn } from '../../src/sources/filesIn.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { type CuttingProxy, cuttingProxy } from './cuttingProxy.ts'

export interface ServedPage {
  readonly url: string
  readonly network: CuttingProxy
  readonly simulator: Simulator
  readonly served: Handler
  close(): Promise<void>
}

/** The page over a real pipeline: documents in a store, a model that answers by the script, a server, a network that can be cut. */
export async function servePage(script: Script, options: Partial<HandlerOptions> & { readonly folder?: string } = {}): Promise<ServedPage> {
  const { folder = 'examples/documents', ...rest } = options
  const simulator = await startSimulator({ script })
  const store = memoryStore()
  await lastValueFrom(ingest(filesIn(folder), { store }), { defaultValue: of() })
  const model = openai({ model: 'scripted', baseUrl: simulator.url, tokenizer: estimatedTokens() })
  const served = handler({
    answer: ({ question, history = [] }, { stop }) => answer(question, { store, model, stop, history }),
    page: true,
    passages: store.passages,
    price: { input: 2, output: 8 },
    ...rest,
  })
  const serving = await serve(served, { port: 0 })
  const network = await cuttingProxy(serving.url)
  return {
    url: network.url,
    network,
    simulator,
    served,
    async close() {
      await network.close()
      await serving.close()
      await simulator.close()
    },
  }
}
