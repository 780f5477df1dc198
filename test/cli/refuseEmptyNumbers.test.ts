import { beforeAll, describe, expect, it } from 'vitest'
import { refuseEmptyNumbers } from '../../src/cli/refuseEmptyNumbers.ts'
import { buildCommand, runRiffle } from '../support/runRiffle.ts'

beforeAll(buildCommand)

describe('an option that wants a number', () => {
  it.each([
    ['bench', ['--simulate', '--seed='], '--seed'],
    ['bench', ['--simulate', '--requests', ''], '--requests'],
    ['simulate', ['--seed='], '--seed'],
    ['simulate', ['--port', ' '], '--port'],
    ['ask', ['Why?', '--data', 'docs', '--top-k='], '--top-k'],
    ['search', ['why', '--data', 'docs', '--topK='], '--top-k'],
    ['index', ['--data', 'docs', '--index', 'x.sqlite', '--passage-tokens='], '--passage-tokens'],
  ])('of %s with %j is refused with one line', async (command, words, name) => {
    expect(await runRiffle([command, ...words])).toEqual({ code: 2, stdout: '', stderr: `riffle: Expected ${name} to be a number, got an empty text.\n` })
  })

  it('may be empty where it is a word of the question, and another option may be', () => {
    expect(() => refuseEmptyNumbers(['--', '--seed='], ['seed'])).not.toThrow()
    expect(() => refuseEmptyNumbers(['--system=', '--seed', '1', '--seed=2'], ['seed'])).not.toThrow()
  })
})

describe('riffle bench', () => {
  it.each([
    [['--simulate', '--column', 'frage'], '--column is for a file of questions, and none is given'],
    [['--simulate', '--input-format', 'csv'], '--input-format is for a file of questions, and none is given'],
    [['examples/questions.jsonl', '--simulate', '--column', 'frage'], '--column is for tables, and examples/questions.jsonl'],
    [['examples/questions.jsonl', '--simulate', '--input-tokens', '5'], '--input-tokens is for synthetic prompts'],
  ])('refuses %j, which would change nothing', async (words, said) => {
    const { code, stderr } = await runRiffle(['bench', ...words])
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
