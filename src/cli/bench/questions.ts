import { hash } from 'node:crypto'
import type { BenchQuestion } from '../../benchmark/runLoads.ts'
import { syntheticPrompts } from '../../benchmark/syntheticPrompts.ts'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { tiktoken } from '../../models/tiktoken.ts'
import { readQuestions } from '../../sources/readQuestions.ts'
import type { BenchOptions } from './options.ts'

/** What is asked. */
export interface BenchQuestions {
  readonly prompts: 'synthetic' | 'questions'
  readonly inputTokens?: number
  readonly hash: string
  /** Of a request, from 0, of a load at a target. Synthetic ones are never the same; those of a file start again when it ends. */
  of(number: number, load: number, target: number): BenchQuestion
  /** Before all that: others, as long as there are. */
  warmUp(number: number, target: number): BenchQuestion
}

const defaultTokens = 100
/** As many synthetic prompts as tell two kinds apart. */
const hashedPrompts = 10

export async function benchQuestions(options: BenchOptions, isPipeline: boolean): Promise<BenchQuestions> {
  const [path] = options.words
  if (path !== undefined) return fromFile(path, options)
  if (isPipeline) throw new InputError('What shall be asked? A pipeline needs a file of questions: riffle bench QUESTIONS --data FOLDER.')
  const { inputTokens = defaultTokens, seed } = options
  const promptOf = syntheticPrompts(inputTokens, seed, tiktoken())
  return {
    prompts: 'synthetic',
    inputTokens,
    hash: shortHash(Array.from({ length: hashedPrompts }, (_, number) => promptOf(`${number}`))),
    // Another for each target and load: a server that remembers the beginnings of prompts must not know them from the load before.
    of: (number, load, target) => ({ id: `${target}-${load}-${number}`, question: promptOf(`${target} ${load} ${number}`) }),
    warmUp: (number, target) => ({ id: `warm-up-${target}-${number}`, question: promptOf(`warm-up ${target} ${number}`) }),
  }
}

/** All in memory; asked one after the other, and again from the first. Warm-up takes them from the end. */
async function fromFile(path: string, options: BenchOptions): Promise<BenchQuestions> {
  const { inputFormat: format, column } = options
  const questions: BenchQuestion[] = []
  for await (const found of readQuestions(path, defined({ format, column }))) {
    if (found.problem !== undefined) throw new InputError(`${path}:${found.line}: ${found.problem}`)
    questions.push({ id: found.question.id, question: found.question.question })
  }
  if (questions.length === 0) throw new InputError(`${path} has no questions.`)
  const { length } = questions
  return {
    prompts: 'questions',
    hash: shortHash(questions.map(({ question }) => question)),
    of: (number, load) => questions[(number + load * (options.requests ?? 0)) % length]!,
    warmUp: (number) => questions[length - 1 - (number % length)]!,
  }
}

function shortHash(texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts)).slice(0, 16)
}
