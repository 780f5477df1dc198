// The full chain: model, time limits, the end that is required, retries with a budget, marks, usage, the whole answer gathered.
import {
  type Chunk, type Completion, type Message, type Query, type TextChunk, countTokens, createRetryBudget, generateAnswer, requireFinish,
  retryStream, timeLimits, toCompletion,
} from 'riffle-rx'
import { openai } from 'riffle-rx/openai'
import { tiktoken } from 'riffle-rx/tiktoken'
import { type OperatorFunction, connect, filter, ignoreElements, lastValueFrom, map, merge, of, pipe, tap } from 'rxjs'

/** @param variant `tokens`: each text is counted as it comes. `model`: the model alone, without the operators of an attempt. */
export function client(baseUrl: string, variant?: string) {
  const model = openai({ model: 'scripted-1', baseUrl })
  const attempt = pipe(timeLimits(), requireFinish(), retryStream({ budget: createRetryBudget() }))
  const gathered = variant === 'tokens' ? counted() : toCompletion()

  return async (messages: readonly Message[], onText?: () => void): Promise<string> => {
    const answer$ = variant === 'model' ? model.stream({ messages }) : of<Query>({ id: '1', question: '', messages }).pipe(generateAnswer(model, { attempt }))
    const told = onText === undefined ? answer$ : answer$.pipe(tap(({ type }) => void (type === 'text' && onText())))
    const { text, finishReason } = await lastValueFrom(told.pipe(gathered))
    if (finishReason !== 'stop') throw new Error(`Expected a whole answer, got ${finishReason}`)
    return text
  }
}

function counted(): OperatorFunction<Chunk, Completion> {
  const tokenizer = tiktoken()
  const texts = pipe(filter((chunk: Chunk): chunk is TextChunk => chunk.type === 'text'), map(({ text }) => text))
  return connect((chunks) => merge(chunks.pipe(toCompletion()), chunks.pipe(texts, countTokens(tokenizer), ignoreElements())))
}
