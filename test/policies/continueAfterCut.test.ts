import fc from 'fast-check'
import { type Observable, concat, from, lastValueFrom, of, tap, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InvalidOptionError, ProviderError, RagError, TruncatedError } from '../../src/errors.ts'
import { openai } from '../../src/openai.ts'
import { continueAfterCut } from '../../src/policies/continueAfterCut.ts'
import { startSimulator } from '../../src/simulator.ts'
import type { Chunk, ModelCall } from '../../src/types/chunk.ts'
import type { CompletionRequest, Message } from '../../src/types/completion.ts'
import type { LanguageModel } from '../../src/types/ports.ts'
import { call, finish, markAt, text } from '../support/chunks.ts'
import { marbles } from '../support/marbles.ts'
import { reporting, scriptedModel } from '../support/scriptedModel.ts'

const messages: readonly Message[] = [{ role: 'user', content: 'How many?' }]
const cut = new TruncatedError('cut', { textLength: 3, events: 2, attempt: 1 })
const info = { code: 'truncated', message: 'cut' }
const seam = { type: 'retry', attempt: 1, delayMs: 0, error: info } as const

function textOf(chunks: readonly Chunk[]): string {
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('')
}

const lastOf = (request: CompletionRequest) => request.messages.at(-1)?.content ?? ''

/** Answers the n-th request with the n-th of these, and notes the requests. */
function inTurn(...answers: readonly Observable<Chunk>[]): LanguageModel & { readonly requests: CompletionRequest[] } {
  const requests: CompletionRequest[] = []
  const model = scriptedModel((request) => {
    requests.push(request)
    return answers[requests.length - 1] ?? throwError(() => new Error('asked too often'))
  })
  return { ...model, requests }
}

const answered = (model: LanguageModel, request: Partial<CompletionRequest> = {}) =>
  lastValueFrom(model.stream({ messages, ...request }).pipe(toArray()))

const failed = async (model: LanguageModel): Promise<unknown> => {
  try {
    await answered(model)
  } catch (error) {
    return error
  }
  throw new Error('Expected a failure')
}

const cutNow = throwError(() => cut)

describe('continueAfterCut', () => {
  it('passes on a whole answer as it is', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold('-a-b-(f|)', { a: text('one'), b: text(' two'), f: finish() })
      const model = continueAfterCut(scriptedModel(() => answer))

      expectObservable(model.stream({ messages })).toBe('-a-b-(f|)', { a: text('one'), b: text(' two'), f: finish() })
      expectSubscriptions(answer.subscriptions).toBe('^----!')
    })
  })

  it('asks again when the answer is cut, and joins both without what is repeated', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: text('one two'), b: text('two'), c: text(' three'), f: finish(), s: seam }
      const first = cold('-a-#       ', values, cut)
      const second = cold('  -b-c-(f|)', values)
      const answers = [first, second]
      const model = continueAfterCut(scriptedModel(() => answers.shift() ?? cold<Chunk>('#')))

      expectObservable(model.stream({ messages })).toBe('-a-s--c-(f|)', values)
      expectSubscriptions(first.subscriptions).toBe('   ^--!      ')
      expectSubscriptions(second.subscriptions).toBe('  ---^----!')
    })
  })

  it('drops the call that is running', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold<Chunk>('a#', { a: text('one') }, cut)
      const second = cold<Chunk>('---')
      const answers = [first, second]
      const model = continueAfterCut(scriptedModel(() => answers.shift() ?? cold<Chunk>('#')))

      expectObservable(model.stream({ messages }), '^--!').toBe('as--', { a: text('one'), s: seam })
      expectSubscriptions(first.subscriptions).toBe('    ^!  ')
      expectSubscriptions(second.subscriptions).toBe('   -^-!')
    })
  })

  it('waits for an answer that does not come', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(continueAfterCut(scriptedModel(() => cold<Chunk>('-'))).stream({ messages })).toBe('-')
    })
  })

  it('asks with the text so far as the last message of the model, and what the instruction says', async () => {
    const model = inTurn(concat(of(text('one'), text(' two')), cutNow), of(text(' three'), finish()))
    await answered(continueAfterCut(model))
    expect(model.requests[1]?.messages).toEqual([...messages, { role: 'assistant', content: 'one two' }])

    const told = inTurn(concat(of(text('one')), cutNow), of(text(' two'), finish()))
    await answered(continueAfterCut(told, { instruction: 'Go on.' }))
    expect(told.requests[1]?.messages).toEqual([...messages, { role: 'assistant', content: 'one' }, { role: 'user', content: 'Go on.' }])
  })

  it('continues an answer that ends without a finish reason', async () => {
    const model = inTurn(of(text('one')), of(text(' two'), finish()))

    expect(textOf(await answered(continueAfterCut(model)))).toBe('one two')
  })

  it('continues after an error inside the stream that may pass, and not after another', async () => {
    const overloaded = new ProviderError('server-error', 'overloaded', { status: 529, phase: 'body' })
    expect(textOf(await answered(continueAfterCut(inTurn(concat(of(text('one')), throwError(() => overloaded)), of(text(' two'), finish())))))).toBe('one two')

    const refused = new ProviderError('bad-request', 'no', { status: 400 })
    expect(await failed(continueAfterCut(inTurn(concat(of(text('one')), throwError(() => refused)))))).toBe(refused)
  })

  it('leaves it to the retry policy when there was no text', async () => {
    const model = inTurn(concat(of<Chunk>({ type: 'reasoning', text: 'hm' }), cutNow))

    expect(await failed(continueAfterCut(model))).toBe(cut)
    expect(model.requests).toHaveLength(1)
  })

  it('does not continue an answer with tool calls', async () => {
    const tool: Chunk = { type: 'tool-call', index: 0, name: 'f', argumentsText: '{"a' }

    expect(await failed(continueAfterCut(inTurn(concat(of(text('one'), tool), cutNow))))).toBe(cut)
  })

  it('keeps the first error when a model refuses to continue', async () => {
    const refused = new ProviderError('bad-request', 'the last message must be of the user', { status: 400 })
    const error = await failed(continueAfterCut(inTurn(concat(of(text('one')), cutNow), throwError(() => refused))))

    expect(error).toBeInstanceOf(TruncatedError)
    expect(error).toMatchObject({
      message: 'The answer was cut, and its continuation failed as well: the last message must be of the user',
      cause: cut,
      retryable: true,
      detail: { textLength: 3, events: 2 },
    })
  })

  it('gives up after so many continuations, with the length of all text', async () => {
    const model = inTurn(...['one', ' two', ' three', ' four'].map((word) => concat(of(text(word)), cutNow)))
    const error = await failed(continueAfterCut(model, { maxContinuations: 2 }))

    expect(model.requests).toHaveLength(3)
    expect(error).toMatchObject({ code: 'truncated', cause: cut, detail: { textLength: 'one two three'.length } })
    expect((error as Error).message).toContain('2 continuations failed')
  })

  it('counts a continuation that fails before its text', async () => {
    const lost = new ProviderError('connection-lost', 'lost', { retryable: true })
    const model = inTurn(concat(of(text('one')), cutNow), throwError(() => lost), of(text(' two'), finish()))

    expect(textOf(await answered(continueAfterCut(model)))).toBe('one two')
    expect(await failed(continueAfterCut(inTurn(concat(of(text('one')), cutNow), throwError(() => lost)), { maxContinuations: 1 }))).toMatchObject({ cause: cut })
  })

  it('forgets what it held back of a continuation that is cut as well', async () => {
    const model = inTurn(concat(of(text('A quick brown')), cutNow), concat(of(text('quick br')), cutNow), of(text(' fox'), finish()))

    expect(textOf(await answered(continueAfterCut(model)))).toBe('A quick brown fox')
  })

  it('gives what it held back when the answer is over', async () => {
    const model = inTurn(concat(of(text('see (here) or (there')), cutNow), of(text(')'), markAt('last', 5), finish()))
    const chunks = await answered(continueAfterCut(model))

    expect(chunks.slice(-3)).toEqual([text(')'), markAt('last', 5), finish()])
  })

  it('keeps the marks of the first text, and takes the last ones from the continuation', async () => {
    const names = ['sent', 'headers', 'any1', 'visible1'] as const
    const model = inTurn(
      concat(of(...names.map((name, at) => markAt(name, at)), text('one')), cutNow),
      of(...names.map((name, at) => markAt(name, 100 + at)), text(' two'), markAt('last', 200), markAt('finished', 201), finish()),
    )
    const marks = (await answered(continueAfterCut(model))).filter(({ type }) => type === 'mark')

    expect(marks).toEqual([...names.map((name, at) => markAt(name, at)), markAt('last', 200), markAt('finished', 201)])
  })

  it('tells the usage of every call once, and bounds them together', async () => {
    const calls: ModelCall[] = []
    const used = [call(10, 40), call(50, 7)]
    const asked: (number | undefined)[] = []
    const answers = [concat(of(text('one')), cutNow), of(text(' two'), finish())]
    const model = scriptedModel((request) => {
      asked.push(request.maxOutputTokens)
      return reporting(answers.shift() ?? of(), request, used[asked.length - 1] ?? call(0, 0))
    })

    await answered(continueAfterCut(model), { onUsage: (one) => calls.push(one), maxOutputTokens: 100 })

    expect(calls).toEqual(used)
    expect(asked).toEqual([100, 60])
  })

  it('runs the attempt policy inside each call', async () => {
    let calls = 0
    const model = inTurn(concat(of(text('one')), cutNow), of(text(' two'), finish()))
    await answered(continueAfterCut(model, { attempt: (chunks) => chunks.pipe(tap({ subscribe: () => calls++ })) }))

    expect(calls).toBe(2)
  })

  it('begins anew with every subscription', async () => {
    const model = scriptedModel((request) => (request.messages.length === 1 ? concat(of(text('one')), cutNow) : of(text(' two'), finish())))
    const answer = continueAfterCut(model).stream({ messages })

    for (let time = 0; time < 2; time++) expect(textOf(await lastValueFrom(answer.pipe(toArray())))).toBe('one two')
  })

  it('passes 10,000 synchronous chunks of a continuation', async () => {
    const words = Array.from({ length: 10_000 }, (_, index) => text(` w${index}`))
    const model = inTurn(concat(of(text('one')), cutNow), concat(from(words), of(finish())))

    expect(await answered(continueAfterCut(model))).toHaveLength(10_003)
  })

  it.each([{ maxContinuations: 0 }, { maxContinuations: 1.5 }, { maxOverlap: -1 }, { maxOverlap: Number.NaN }])('refuses %j', (options) => {
    expect(() => continueAfterCut(inTurn(), options)).toThrow(InvalidOptionError)
  })

  it('does not take an error of the program for a cut', async () => {
    const bug = new TypeError('undefined is not a function')
    expect(await failed(continueAfterCut(inTurn(concat(of(text('one')), throwError(() => bug)))))).toBe(bug)
    const own = new RagError('own', 'own')
    expect(await failed(continueAfterCut(inTurn(concat(of(text('one')), throwError(() => own)))))).toBe(own)
  })
})

const vocabulary = ['the', 'a', 'stream', 'of', 'answers', 'an', 'and', 'river', 'keeper', 'stones', 'Water', 'in', 'is', 'so.', 'runs,', 'over', 'ones']

/** Events of words. When a text repeats itself right at the cut nobody can tell where it was, so these are not all of the same words. */
function eventsFor(choices: readonly number[], wordOf: (choice: number, index: number) => string): string[] {
  return choices.map((choice, index) => `${index === 0 ? '' : ' '}${wordOf(choice, index)}`)
}

const wordAt = (choice: number) => vocabulary[choice % vocabulary.length] ?? ''
const letters = (index: number) => String.fromCodePoint(97 + (index % 26), 97 + (Math.floor(index / 26) % 26))

/** Goes on from the text it is given, repeating its last characters, and is cut after so many events each time. */
function continuing(events: readonly string[], cutAfterEvents: readonly number[], overlap: number): LanguageModel {
  const whole = events.join('')
  let calls = 0
  return scriptedModel((request) => {
    const before = request.messages.at(-1)?.role === 'assistant' ? lastOf(request) : ''
    expect(whole.startsWith(before)).toBe(true)
    const rest = whole.slice(Math.max(0, before.length - overlap))
    const pieces = before === '' ? events : (rest.match(/\s*\S+|\s+$/g) ?? [])
    const count = cutAfterEvents[calls++]
    if (count === undefined || count >= pieces.length) return concat(from(pieces.map(text)), of(finish()))
    return concat(from(pieces.slice(0, count).map(text)), throwError(() => cut))
  })
}

describe('an answer of 200 events', () => {
  it('equals the uncut text after a cut at every event, with repetitions of 0 to 40 characters', async () => {
    // No word twice in a row, and the same words stand near each other again and again.
    let word = 0
    const choices = Array.from({ length: 200 }, (_, index) => (word += 1 + ((index * index) % (vocabulary.length - 1))))
    const events = eventsFor(choices, wordAt)
    const whole = events.join('')
    for (let k = 1; k < events.length; k++) {
      for (let overlap = 0; overlap <= 40; overlap++) {
        const answer = textOf(await answered(continueAfterCut(continuing(events, [k], overlap))))
        if (answer !== whole) throw new Error(`Cut after ${k} events, ${overlap} characters repeated: ${answer}`)
      }
    }
  })

  it('does so for numbers and pieces of words too, where short repetitions are to be expected', async () => {
    const events = Array.from({ length: 200 }, (_, index) => `${letters(index * 7)}${index * 1009} `)
    for (let k = 1; k < events.length; k += 7) {
      for (let overlap = 0; overlap <= 40; overlap++) {
        const model = continueAfterCut(continuing(events, [k], overlap), { trimShortOverlaps: true })
        expect(textOf(await answered(model))).toBe(events.join(''))
      }
    }
  })

  it('equals the uncut text for any words, any number of cuts up to three, any repetition', async () => {
    const choices = fc.array(fc.nat(1000), { minLength: 200, maxLength: 200 })
    const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(choices, cuts, fc.constantFrom(0, 12, 20, 33, 40), async (words, cutAfterEvents, overlap) => {
        const events = eventsFor(words, (choice, index) => wordAt(choice) + letters(index))
        const model = continueAfterCut(continuing(events, cutAfterEvents, overlap))

        expect(textOf(await answered(model))).toBe(events.join(''))
      }),
      { numRuns: 150 },
    )
  })

  it('heals over a real socket, whatever event it is cut after', async () => {
    const whole = 'A riffle is the fast, shallow stretch of a stream; to riffle is to leaf through pages quickly.'
    for (const type of ['cut', 'close'] as const) {
      for (let afterEvents = 2; afterEvents < 12; afterEvents += 3) {
        const server = await startSimulator({
          script: ({ body }) => {
            const { messages: asked } = body as { readonly messages: readonly Message[] }
            const before = asked.at(-1)?.role === 'assistant' ? (asked.at(-1)?.content ?? '') : ''
            return before === '' ? { text: whole, fault: { type, afterEvents } } : { text: whole.slice(Math.max(0, before.lastIndexOf(' '))) }
          },
        })
        const calls: ModelCall[] = []
        const model = continueAfterCut(openai({ model: 'scripted', baseUrl: server.url }))
        const chunks = await lastValueFrom(model.stream({ messages, onUsage: (one) => calls.push(one) }).pipe(toArray()))

        expect(textOf(chunks)).toBe(whole)
        expect(calls.map(({ from: source }) => source)).toEqual(['estimated', 'server'])
        expect(chunks.at(-1)).toEqual(finish())
        await server.close()
      }
    }
  })
})
