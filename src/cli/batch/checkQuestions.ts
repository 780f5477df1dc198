import type { QuestionLine } from '../../types/question.ts'

/** What is wrong with a line, as `line: what`. */
export interface Problem {
  readonly line: number
  readonly problem: string
}

export interface CheckedQuestions {
  readonly total: number
  readonly problems: number
  /** The first of them. */
  readonly first: readonly Problem[]
}

const maxShown = 20

/** Looks at every line before anything is asked. Memory: that of the reading, and the first problems. */
export async function checkQuestions(lines: AsyncIterable<QuestionLine>, look: (line: QuestionLine) => void): Promise<CheckedQuestions> {
  let total = 0
  let problems = 0
  const first: Problem[] = []
  for await (const found of lines) {
    look(found)
    if (found.problem === undefined) {
      total++
      continue
    }
    problems++
    if (first.length < maxShown) first.push({ line: found.line, problem: found.problem })
  }
  return { total, problems, first }
}
