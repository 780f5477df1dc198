import { describe, expect, it } from 'vitest'
import { type Script, type Simulator } from '../../src/simulator.ts'
import { countTokens, piecesOf, textOfTokens } from '../../src/simulator/tokens.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'
import { answered, ask, eventsIn, simulate, streamed, textIn } from './rawExchange.ts'

type Messages = readonly { readonly role: string; readonly content: unknown }[]

async function say(simulator: Simulator, messages: Messages | string): Promise<string> {
  const given = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages
  return textIn((await answered(ask(simulator, { body: { ...streamed, messages: given } }))).body)
}

async function sayAll(script: Script, questions: readonly string[], seed = 1): Promise<string[]> {
  const simulator = await simulate({ script, seed })
  const answers: string[] = []
  for (const question of questions) answers.push(await say(simulator, question))
  return answers
}

describe('a template', () => {
  it('has the last message of the user in it, as often as it says', async () => {
    const simulator = await simulate({ script: { template: '{question} You asked: {question}' } })
    expect(await say(simulator, [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'First?' }, { role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'What is $& and {question}?' }]))
      .toBe('What is $& and {question}? You asked: What is $& and {question}?')
    expect(await say(simulator, [{ role: 'user', content: [{ type: 'text', text: 'In ' }, { type: 'image_url' }, { type: 'text', text: 'parts?' }] }])).toBe('In parts? You asked: In parts?')
    expect(await say(simulator, [])).toBe(' You asked: ')
  })
})

describe('tokens', () => {
  it.each([0, 1, 2, 19, 20, 21, 1000])('%i are exactly as many, by usage, by events and by a real tokenizer', async (tokens) => {
    const simulator = await simulate({ script: { tokens, usage: 'always' } })
    const { body } = await answered(ask(simulator))
    const text = textIn(body)
    expect(body).toContain(`"completion_tokens":${tokens},`)
    expect(eventsIn(body)).toHaveLength(tokens + 4)
    expect(tiktoken().count(text)).toBe(tokens)
    expect(tiktoken('cl100k_base').count(text)).toBe(tokens)
  })

  it('come several in an event', async () => {
    for (const tokensPerEvent of [1, 3, 10, 1000]) {
      const { body } = await answered(ask(await simulate({ script: { tokens: 10, tokensPerEvent } })))
      expect(eventsIn(body)).toHaveLength(3 + Math.ceil(10 / tokensPerEvent))
      expect(textIn(body)).toBe(textOfTokens(10))
    }
  })

  it('are cut the same one by one and several together', () => {
    const text = ' one  two\n\nthree — 漢字かな交じり文で書く 😀😀😀😀😀😀😀😀😀 averyveryverylongword   '
    const single = [...piecesOf(text, 1)]
    expect(countTokens(text)).toBe(single.length)
    for (const count of [2, 3, 50]) {
      const grouped = Array.from({ length: Math.ceil(single.length / count) }, (_, index) => single.slice(index * count, (index + 1) * count).join(''))
      expect([...piecesOf(text, count)]).toEqual(grouped)
    }
    expect(countTokens(' '.repeat(100_000))).toBe(1)
  })
})

describe('an answer that continues', () => {
  const text = 'The heron waits in the shallow water.'
  const question = { role: 'user', content: 'Where?' }
  const partial = (content: string) => ({ role: 'assistant', content })

  it('goes on from every beginning of it', async () => {
    const simulator = await simulate({ script: { text, continues: true, reasoning: 'Hm.' } })
    for (let length = 1; length <= text.length; length++) {
      const { body } = await answered(ask(simulator, { body: { ...streamed, messages: [question, partial(text.slice(0, length))] } }))
      expect(textIn(body)).toBe(text.slice(length))
      expect(body).not.toContain('reasoning_content')
      expect(body).toContain('"finish_reason":"stop"')
    }
  })

  it('repeats so many characters of the beginning', async () => {
    const simulator = await simulate({ script: { text, continues: true, overlap: 4 } })
    expect(await say(simulator, [question, partial('The heron')])).toBe('eron waits in the shallow water.')
    expect(await say(simulator, [question, partial('Th')])).toBe(text)
  })

  it('goes on when the user says so, from a template of the question before', async () => {
    const simulator = await simulate({ script: { template: 'You asked: {question}', continues: true } })
    expect(await say(simulator, [question, partial('You as'), { role: 'user', content: 'Go on.' }])).toBe('ked: Where?')
  })

  it('begins anew after anything else', async () => {
    const simulator = await simulate({ script: { text, continues: true } })
    for (const messages of [[question], [question, partial('An egret')], [question, partial('')], [question, partial('The heron'), question, question], [question, partial(`${text} And more.`)]]) {
      expect(await say(simulator, messages)).toBe(text)
    }
    expect(await say(await simulate({ script: { text } }), [question, partial('The heron')])).toBe(text)
  })

  it('reports the usage of the rest, streamed or not', async () => {
    const simulator = await simulate({ script: { text, continues: true, usage: 'always' } })
    const messages = [question, partial('The heron')]
    expect((await answered(ask(simulator, { body: { ...streamed, messages } }))).body).toContain('"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}')
    const whole = JSON.parse((await answered(ask(simulator, { body: { ...streamed, stream: false, messages } }))).body) as object
    expect(whole).toMatchObject({ choices: [{ message: { content: ' waits in the shallow water.' } }], usage: { completion_tokens: 5 } })
  })
})

describe('the choice of an answer', () => {
  it('is by the question that occurs in the last message, else in turn', async () => {
    const script = [{ question: 'heron', text: 'Waits.' }, { text: 'First.' }, { question: 'Kingfisher', text: 'Dives.' }, { text: 'Last.' }]
    expect(await sayAll(script, ['What does the HERON do?', 'x', 'And the kingfisher?', 'x', 'x'])).toEqual(['Waits.', 'Last.', 'Dives.', 'Last.', 'Last.'])
    expect(await sayAll(script, ['x', 'x'])).toEqual(['First.', 'Last.'])
  })

  it('is in turn when every answer has a question and none fits', async () => {
    expect(await sayAll([{ question: 'a1', text: 'A' }, { question: 'b1', text: 'B' }], ['x', 'x', 'x', 'a1'])).toEqual(['A', 'B', 'B', 'A'])
  })

  it('belongs to what was asked before a partial answer', async () => {
    const simulator = await simulate({ script: [{ question: 'heron', text: 'It waits.', continues: true }, { text: 'Other.' }] })
    expect(await say(simulator, [{ role: 'user', content: 'A heron?' }, { role: 'assistant', content: 'It' }, { role: 'user', content: 'Go on.' }])).toBe(' waits.')
  })

  it('is drawn by weight from the seed and the number, whatever came in between', async () => {
    const script: Script = { order: 'random', answers: [{ text: 'a', weight: 3 }, { text: 'b' }, { text: 'c', weight: 0 }] }
    const questions = Array.from({ length: 100 }, () => 'x')
    const first = await sayAll(script, questions)
    expect(await sayAll(script, questions)).toEqual(first)
    expect(await sayAll(script, questions, 2)).not.toEqual(first)
    expect(await sayAll({ ...script, seed: 2 }, questions)).toEqual(await sayAll(script, questions, 2))
    const share = first.filter((answer) => answer === 'a').length
    expect(share).toBeGreaterThan(60)
    expect(share).toBeLessThan(90)
    expect(new Set(first)).toEqual(new Set(['a', 'b']))
  })

  it('is the same for each number when requests come all at once', async () => {
    const script: Script = { order: 'random', answers: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] }
    const inTurn = await sayAll(script, Array.from({ length: 30 }, () => 'x'))
    const simulator = await simulate({ script })
    const together = await Promise.all(Array.from({ length: 30 }, () => say(simulator, 'x')))
    expect(together.toSorted()).toEqual(inTurn.toSorted())
  })

  it('has a fault in a share of the requests, the same each run', async () => {
    const script: Script = { answers: [{ text: 'a', fault: { type: 'content-type' } }], faults: [{ type: 'status', status: 500 }, { type: 'json-error' }], faultRate: 0.3 }
    const run = async () => {
      const simulator = await simulate({ script })
      for (let count = 0; count < 200; count++) await answered(ask(simulator))
      return simulator.record.requests.map(({ fault = '' }) => fault)
    }
    const faults = await run()
    expect(await run()).toEqual(faults)
    const drawn = faults.filter((fault) => fault !== 'content-type').length
    expect(drawn).toBeGreaterThan(35)
    expect(drawn).toBeLessThan(85)
    expect(new Set(faults)).toEqual(new Set(['content-type', 'status', 'json-error']))
  })

  it('of a function that throws, or gives what cannot work, is told to the client', async () => {
    const failing = await simulate({ script: () => { throw new Error('no such bird') } })
    expect(await answered(ask(failing))).toMatchObject({ status: 500, body: expect.stringContaining('The script failed: no such bird') })
    const wrong = await simulate({ script: () => ({ tokensPerEvent: 0 }) })
    expect(await answered(ask(wrong))).toMatchObject({ status: 500, body: expect.stringContaining('tokensPerEvent: expected a whole number from 1') })
  })
})
