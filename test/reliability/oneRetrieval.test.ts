import { lastValueFrom, pipe, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { openaiEmbedder } from '../../src/models/openaiEmbedder.ts'
import { openai } from '../../src/models/openaiModel.ts'
import { requireFinish } from '../../src/operators/requireFinish.ts'
import { retryStream } from '../../src/operators/retryStream.ts'
import { timeLimits } from '../../src/operators/timeLimits.ts'
import { answer } from '../../src/pipelines/answer.ts'
import { ingest } from '../../src/pipelines/ingest.ts'
import { continueAfterCut } from '../../src/policies/continueAfterCut.ts'
import { fallback } from '../../src/policies/fallback.ts'
import { type ScriptedAnswer, type Simulator, startSimulator } from '../../src/simulator.ts'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import type { LanguageModel, PassageStore } from '../../src/types/ports.ts'
import { memoryFile } from '../support/memoryFile.ts'
import { textOf } from './asking.ts'

// Whatever becomes of the model's calls, a question is embedded once and searched for once: the server's record is the witness.

const text = 'The heron waits in the shallow water [1] until something moves.'
const started: Simulator[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((simulator) => simulator.close()))
})

/** The first calls go wrong in different ways, the last one goes well. */
const script: readonly ScriptedAnswer[] = [
  { text, fault: { type: 'cut', afterEvents: 4 } },
  { text, fault: { type: 'status', status: 503 } },
  { text, fault: { type: 'reset', afterEvents: 3 } },
  { text, continues: true },
]

const policies: Readonly<Record<string, (model: LanguageModel) => Pick<Parameters<typeof answer>[1], 'model' | 'attempt'>>> = {
  restart: (model) => ({ model, attempt: pipe(timeLimits(), requireFinish(), retryStream({ afterText: 'restart', maxRetries: 3, baseDelayMs: 1 })) }),
  continueAfterCut: (model) => ({ model: continueAfterCut(model, { attempt: retryStream({ baseDelayMs: 1 }) }) }),
  fallback: (model) => ({ model: fallback([model, model, model, model], { afterText: 'restart' }) }),
}

describe('an answer whose model fails three times', () => {
  it.each(Object.entries(policies))('with %s is retrieved for once', async (_, policy) => {
    const simulator = await startSimulator({ script })
    started.push(simulator)
    const embedder = openaiEmbedder({ model: 'e', baseUrl: simulator.url })
    let searches = 0
    const memory = memoryStore()
    const store: PassageStore = { ...memory, search: (request) => (searches++, memory.search(request)) }
    await lastValueFrom(ingest([memoryFile('heron.md', '# Heron\n\nThe heron waits.\n'), memoryFile('stork.md', '# Stork\n\nThe stork walks.\n')], { store, embedder }))
    const pathsBefore = simulator.record.requests.length

    const chunks = await lastValueFrom(answer('What does the heron do?', { store, embedder, ...policy(openai({ model: 'm', baseUrl: simulator.url })) }).pipe(toArray()))

    const requests = simulator.record.requests.slice(pathsBefore)
    expect(textOf(chunks)).toBe(text)
    expect(requests.filter(({ path }) => path.endsWith('/embeddings'))).toHaveLength(1)
    expect(requests.filter(({ path }) => path.endsWith('/chat/completions'))).toHaveLength(4)
    expect(searches).toBe(1)
    expect(chunks.filter(({ type }) => type === 'sources')).toHaveLength(1)
    expect(chunks.filter((chunk) => chunk.type === 'mark' && chunk.name === 'embedded')).toHaveLength(1)
  })
})
