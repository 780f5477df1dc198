import { hash } from 'node:crypto'
import type { BenchQuestion } from '../../benchmark/runLoads.ts'
import { syntheticPrompts } from '../../benchmark/syntheticPrompts.ts'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { tiktoken } from '../../models/tiktoken.ts'
import { readQuestions } from '../../sources/readQuestions.ts'
import type { BenchOptions } from './options.ts'

/** What is asked: the question of each number; warm-up has numbers below 0. */
export interface BenchQuestions {
  readonly prompts: 'synthetic' | 'questions'
  readonly inputTokens?: number
  readonly hash: string
  of(number: number): BenchQuestion
}

const defaultTokens = 100
/** As many synthetic prompts as tell two kinds apart. */
const hashedPrompts = 100

export async function benchQuestions(options: BenchOptions, isPipeline: boolean): Promise<BenchQuestions> {
  const [path] = options.words
  if (path !== undefined) return fromFile(path, options)
  if (isPipeline) throw new InputError('What shall be asked? A pipeline needs a file of questions: riffle bench QUESTIONS --data FOLDER.')
  const { inputTokens = defaultTokens, seed } = options
  const promptOf = syntheticPrompts(inputTokens, seed, tiktoken())
  return {
    prompts: 'synthetic',
    inputTokens,
    hash: shortHash(Array.from({ length: hashedPrompts }, (_, number) => promptOf(number))),
    of: (number) => ({ id: String(number), question: promptOf(number) }),
  }
}

/** All in memory; asked one after the other, and again from the first. Warm-up takes them from the end. */
async function fromFile(path: string, { inputFormat: format, column }: BenchOptions): Promise<BenchQuestions> {
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
    of: (number) => questions[((number % length) + length) % length]!,
  }
}

function shortHash(texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts)).slice(0, 16)
}
