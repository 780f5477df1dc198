import { type Observable, NEVER, Subject, concat, delay, from, lastValueFrom, map, of, take, throwError, toArray } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { createChatMemory } from '../../src/pipelines/chatMemory.ts'
import { chat, conversation } from '../../src/pipelines/conversation.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import type { CompletionRequest, Message } from '../../src/types/completion.ts'
import type { SearchRequest } from '../../src/types/ports.ts'
import { call, finish, text } from '../support/chunks.ts'
import { fakeStore } from '../support/fakeStore.ts'
import { marbles } from '../support/marbles.ts'
import { scoredPassage } from '../support/passage.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

function talking(answer: (request: CompletionRequest) => Observable<Chunk> = () => from<Chunk[]>([text('yes [1]'), finish()])) {
  const searches: string[] = []
  const requests: CompletionRequest[] = []
  const store = {
    ...fakeStore({}),
    search: (request: SearchRequest) => (searches.push(request.text), of([scoredPassage('A gate holds the reader of the socket.')])),
    stats: () => of({ files: 1, documents: 1, passages: 1 }),
  }
  const model = scriptedModel((request) => {
    requests.push(request)
    return reporting(answer(request), request, call(10, 2))
  })
  return { store, model, searches, requests }
}
const rolesOf = (messages: readonly Message[]) => messages.map(({ role, content }) => `${role}: ${content.slice(0, 24)}`)

describe('conversation', () => {
  it('answers a follow-up with what was said, and searches for it as it can be understood alone', async () => {
    const { store, model, searches, requests } = talking()
    const { ask, memory } = conversation({ store, model, condense: () => 'How does a gate fail?' })
    await lastValueFrom(ask('What is a gate?'))
    await lastValueFrom(ask('and how does it fail?'))
    expect(searches).toEqual(['What is a gate?', 'How does a gate fail?'])
    expect(rolesOf(requests[1]!.messages).slice(1, 3)).toEqual(['user: What is a gate?', 'assistant: yes [1]'])
    expect(requests[1]!.messages.at(-1)!.content).toContain('and how does it fail?')
    expect(memory.state.turns).toEqual([{ question: 'What is a gate?', answer: 'yes [1]' }, { question: 'and how does it fail?', answer: 'yes [1]' }])
  })

  it('remembers the part of an answer that was stopped, dropped or failed, marked so', async () => {
    const ends: [string, Observable<Chunk>][] = [['stopped', concat(of<Chunk>(text('half')), NEVER)], ['failed', concat(of<Chunk>(text('half')), throwError(() => new Error('lost')))]]
    for (const [ended, answer] of ends) {
      const { store, model, requests } = talking(() => answer)
      const { ask, memory } = conversation({ store, model })
      await lastValueFrom(ask('What is a gate?', { stop: of(1).pipe(delay(5)) })).catch(() => undefined)
      expect(memory.state.turns).toEqual([{ question: 'What is a gate?', answer: 'half', ended }])
      await lastValueFrom(ask('What is a limiter?', { stop: of(1).pipe(delay(5)) })).catch(() => undefined)
      expect(requests[1]!.messages[2]!.content).toMatch(ended === 'stopped' ? /half\n\[The user stopped/ : /half\n\[This answer broke off/)
    }
  })

  it('counts the calls that condensed a question in the usage of its answer', async () => {
    const { store, model } = talking()
    const { ask } = conversation({ store, model, condense: model })
    await lastValueFrom(ask('What is a gate?'))
    const chunks = await lastValueFrom(ask('Why?').pipe(toArray()))
    expect(chunks.find(({ type }) => type === 'usage')).toMatchObject({ inputTokens: 20, calls: [{ purpose: 'condense' }, { purpose: 'answer' }] })
  })
})

describe('createChatMemory', () => {
  const turn = (index: number) => ({ question: `Question ${index} of this talk?`, answer: `Answer ${index}. `.repeat(5) })
  const size = (messages: readonly Message[]) => messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)

  it('keeps 200 turns within 4,096 tokens: the last ones whole, the first ones summarized', () => {
    let made = 0
    const summarizer = scriptedModel((request) => {
      expect(size(request.messages)).toBeLessThan(30_000)
      return from<Chunk[]>([text(`summary ${++made} `.repeat(300)), finish()])
    })
    const memory = createChatMemory({ maxTokens: 4096, summarizer })
    for (let index = 0; index < 200; index++) {
      memory.add(turn(index))
      expect(size(memory.history())).toBeLessThanOrEqual(4096)
    }
    // Not with every turn.
    expect(made).toBeGreaterThan(1)
    expect(made).toBeLessThan(20)
    expect(memory.history()[0]!.content).toContain(`summary ${made}`)
    expect(memory.history().at(-1)!.content).toContain('Answer 199.')
    expect(memory.history().length).toBeGreaterThan(20)
  })

  it('never waits for a summary, and makes one at a time', () => {
    const waiting = new Subject<Chunk>()
    let asked = 0
    const memory = createChatMemory({ maxTokens: 500, summarizer: scriptedModel(() => (asked++, waiting)) })
    for (let index = 0; index < 20; index++) memory.add(turn(index))
    expect(asked).toBe(1)
    expect(memory.history().at(-1)!.content).toContain('Answer 19.')
    expect(size(memory.history())).toBeLessThanOrEqual(500)
    waiting.next(text('they talked'))
    waiting.next(finish())
    waiting.complete()
    expect(memory.history()[0]!.content).toContain('they talked')
    expect(memory.state.summary?.turns).toBeGreaterThan(0)
  })

  it.each([
    ['fails', () => throwError(() => new Error('broken')), 'broken'],
    ['is cut', () => from<Chunk[]>([text('they tal')]), 'ended without a finish reason'],
    ['is empty', () => from<Chunk[]>([text(' '), finish()]), 'is empty'],
  ])('tells of a summary that %s, tries again after the next turn, and then leaves out no turn of the talk', (_, wrong, message) => {
    const told: unknown[] = []
    const read: string[] = []
    let broken = true
    const summarizer = scriptedModel((request) => {
      if (broken) return wrong()
      read.push(request.messages.at(-1)!.content)
      return from<Chunk[]>([text('they talked'), finish()])
    })
    const memory = createChatMemory({ maxTokens: 500, summarizer, onFailure: (error) => told.push(error) })
    for (let index = 0; index < 199; index++) {
      memory.add({ ...turn(index), answer: `Answer ${index}. `.repeat(12) })
      expect(size(memory.history())).toBeLessThanOrEqual(500)
    }
    expect(told.length).toBeGreaterThan(190)
    expect(told[0]).toMatchObject({ message: expect.stringContaining(message) as unknown })
    broken = false
    memory.add(turn(199))
    expect(memory.state.turns).toHaveLength(200)
    for (let index = 0; index < memory.state.summary!.turns; index++) expect(read.join('\n')).toContain(`Question ${index} of`)
    expect(Math.max(...read.map((said) => Buffer.byteLength(said)))).toBeLessThan(8000)
    expect(memory.history().at(-1)!.content).toContain('Answer 199.')
  })

  it('gives up a summary that does not come to its end, and asks the model of the moment for the next one', () => {
    marbles(({ cold, expectObservable }) => {
      const told: unknown[] = []
      let asked = 0
      const model = (answer: Observable<Chunk>) => scriptedModel(() => (asked++, answer))
      let now = model(NEVER)
      const memory = createChatMemory({ maxTokens: 100, summarizer: () => now, onFailure: (error) => told.push(error) })
      for (let index = 0; index < 9; index++) memory.add(turn(index))
      const seen = cold('1s a 299s b').pipe(map(() => {
        const before = [asked, told.length]
        now = model(from<Chunk[]>([text('they talked'), finish()]))
        memory.add(turn(9))
        return [...before, memory.state.summary?.text]
      }))
      expectObservable(seen).toBe('1s a 299s b', { a: [1, 0, undefined], b: [1, 1, 'they talked'] })
    })
  })

  it('takes a turn back also while a summary of it is made, and forgets none that follows', () => {
    const waiting = new Subject<Chunk>()
    const memory = createChatMemory({ maxTokens: 100, summarizer: scriptedModel(() => waiting) })
    memory.add({ question: 'Long?', answer: 'x'.repeat(200) })
    expect(waiting.observed).toBe(true)
    expect(memory.undo()?.question).toBe('Long?')
    expect(waiting.observed).toBe(false)
    memory.add({ question: 'Short?', answer: 'yes' })
    expect(memory.history().map(({ content }) => content)).toEqual(['Short?', 'yes'])
  })

  it('stays in its budget whatever it is', () => {
    const summarizer = scriptedModel(() => from<Chunk[]>([text('summary '.repeat(100)), finish()]))
    for (let maxTokens = 1; maxTokens < 400; maxTokens += 7) {
      const memory = createChatMemory({ maxTokens, summarizer })
      for (let index = 0; index < 10; index++) {
        memory.add({ question: 'q?', answer: 'a'.repeat((index * 37) % 120) })
        expect(size(memory.history())).toBeLessThanOrEqual(maxTokens)
      }
    }
  })

  it.each([-1, 3, 0.5])('refuses a state whose summary is of %d of two turns', (turns) => {
    expect(() => createChatMemory({ state: { turns: [turn(0), turn(1)], summary: { text: 'they talked', turns } } })).toThrow('Expected a summary of 0 to 2 turns')
  })

  it('goes on from a stored state, and takes the last turn back', () => {
    const memory = createChatMemory({ state: JSON.parse(JSON.stringify({ turns: [turn(0), turn(1)], summary: { text: 'they talked', turns: 1 } })) as never })
    expect(memory.history()).toHaveLength(4)
    expect(memory.undo()?.question).toBe('Question 1 of this talk?')
    expect(memory.undo()).toBeUndefined()
    expect(createChatMemory({ maxTokens: 10, state: { turns: [turn(0)] } }).history()).toEqual([])
  })
})

describe('chat', () => {
  /** Asks so often; the test gives the words of each answer by hand. */
  function talk(whenBusy: 'stop' | 'queue', onTurn: (number: number, questions: Subject<string>) => void = () => undefined) {
    const seen: string[] = []
    const answers: Subject<Chunk>[] = []
    const { store, model } = talking(() => {
      const answer = new Subject<Chunk>()
      answers.push(answer)
      return answer
    })
    const questions = new Subject<string>()
    questions.pipe(chat({ store, model, whenBusy })).subscribe((chunk) => {
      if (chunk.type === 'turn') {
        seen.push(`${chunk.number} ${chunk.question}`)
        onTurn(chunk.number, questions)
      }
      if (chunk.type === 'text') seen.push(chunk.text)
      else if (chunk.type === 'finish') seen.push(chunk.reason)
    })
    const begun = (count: number) => vi.waitFor(() => expect(answers).toHaveLength(count))
    const end = (index: number) => {
      for (const chunk of [text('whole'), finish()]) answers[index]!.next(chunk)
      answers[index]!.complete()
    }
    return { seen, questions, answers, begun, end }
  }

  it('stops the answer that is running for a new question', async () => {
    const { seen, questions, answers, begun, end } = talk('stop')
    questions.next('one?')
    await begun(1)
    answers[0]!.next(text('half'))
    questions.next('two?')
    await begun(2)
    end(1)
    expect(answers[0]!.observed).toBe(false)
    expect(seen).toEqual(['1 one?', 'half', 'stopped', '2 two?', 'whole', 'stop'])
  })

  it('stops an answer for a question that comes while its turn is told', async () => {
    const { seen, questions, answers, begun, end } = talk('stop', (number, asked) => number === 1 && asked.next('two?'))
    questions.next('one?')
    await begun(1)
    end(0)
    expect(answers).toHaveLength(1)
    expect(seen).toEqual(['1 one?', 'stopped', '2 two?', 'whole', 'stop'])
  })

  it('lets new questions wait when it is told to', async () => {
    const { seen, questions, begun, end } = talk('queue')
    questions.next('one?')
    questions.next('two?')
    await begun(1)
    expect(seen).toEqual(['1 one?'])
    end(0)
    await begun(2)
    end(1)
    expect(seen).toEqual(['1 one?', 'whole', 'stop', '2 two?', 'whole', 'stop'])
  })

  it('drops the answer that is running when it is dropped', async () => {
    const { store, model } = talking(() => concat(of<Chunk>(text('a')), NEVER))
    const chunks = await lastValueFrom(of('one?').pipe(chat({ store, model }), take(6), toArray()))
    expect(chunks[0]).toEqual({ type: 'turn', number: 1, question: 'one?' })
    expect(() => chat({ store, model, whenBusy: 'never' as never })).toThrow('Expected whenBusy')
  })
})
