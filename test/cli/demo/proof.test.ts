import { PassThrough } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { type Observable, lastValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { proof } from '../../../src/cli/demo/proof.ts'
import { question, scriptedAnswer, sentences } from '../../../src/cli/demo/scriptedAnswer.ts'
import { createStage } from '../../../src/cli/demo/stage.ts'
import { Exit } from '../../../src/cli/exit.ts'
import { passageBlocks } from '../../../src/internal/passageBlocks.ts'
import type { SimulatorRecord } from '../../../src/simulator/record.ts'
import { scoredPassage } from '../../support/passage.ts'

const sources = sentences.map(({ because }) => scoredPassage(because))
const messages = [{ role: 'user', content: passageBlocks(sources, question) }]
const uncut = scriptedAnswer({ messages })
const partial = uncut.slice(0, 100)

/** What the proof prints, and how it ends, for an answer with this text and these two requests. */
async function proven(text: string, { returned = partial, fault = 'reset' } = {}) {
  const output = new PassThrough()
  const first = { body: { messages }, events: 26, fault, end: { at: 0, by: 'server' } }
  const second = { body: { messages: [...messages, { role: 'assistant', content: returned }] }, events: 46 }
  const record = { requests: [first, second] } as unknown as SimulatorRecord
  const stage = createStage({ output: output as unknown as NodeJS.WriteStream })
  const show: Observable<never> = proof(stage, { text, finishReason: 'stop', sources, citations: [] }, record, '/')
  const error: unknown = await lastValueFrom(show, { defaultValue: undefined }).catch((error: unknown) => error)
  output.end()
  return { error, shown: await textOf(output) }
}

describe('the proof of the demo', () => {
  it('shows what was recorded, and that the text is the uncut one', async () => {
    const { error, shown } = await proven(uncut)

    expect(error).toBeUndefined()
    expect(shown).toContain('26 events, then a reset by the server')
    expect(shown).toContain('brought 100 characters back, got the rest in 46 events')
    expect(shown).toContain(`${uncut.length} characters, compared with the uncut answer: equal`)
    expect(shown).toContain(uncut.slice(90, 105).trim())
  })

  it.each([
    ['a text that lacks a character', `${partial}${uncut.slice(101)}`, {}],
    ['a text that says something twice', `${partial}${uncut.slice(90)}`, {}],
    ['a text that did not come from the partial one', uncut, { returned: 'Something else.' }],
    ['a connection that was not reset', uncut, { fault: 'cut' }],
  ])('ends with exit code 1 at %s', async (_, text, more) => {
    const { error, shown } = await proven(text, more)

    expect(shown).toContain('NOT equal')
    expect(error).toBeInstanceOf(Exit)
    expect(error).toMatchObject({ code: 1 })
  })
})
