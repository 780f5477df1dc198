import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/errors.ts'
import { type ReadQuestionsOptions, readQuestions } from '../../src/sources/readQuestions.ts'
import type { QuestionLine } from '../../src/types/question.ts'
import { temporaryFolder } from '../support/runRiffle.ts'

async function read(name: string, content: string | Uint8Array, options: ReadQuestionsOptions = {}): Promise<QuestionLine[]> {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  const lines: QuestionLine[] = []
  for await (const line of readQuestions(path, options)) lines.push(line)
  return lines
}
const problems = (lines: readonly QuestionLine[]) => lines.flatMap((line) => (line.problem === undefined ? [] : [[line.line, line.problem]]))
const asked = (lines: readonly QuestionLine[]) => lines.flatMap(({ question }) => (question === undefined ? [] : [[question.line, question.id, question.question]]))

describe('readQuestions', () => {
  it('gives the same ids when it is told that they are unique', async () => {
    const text = '{"question":"A?"}\n{"id":"b","question":"B?"}\n{"question":"A?"}\n'
    expect(await read('q.jsonl', text, { idsAreUnique: true })).toEqual(await read('q.jsonl', text))
  })

  it('reads JSONL, whatever of the usual names the question has', async () => {
    const lines = await read('q.jsonl', '{"id":"a","question":"A?"}\n\n{"id":7,"text":"B?"}\r\n{"id":"c","query":"C?","more":1}\n{"id":"d","prompt":"D?"}')

    expect(asked(lines)).toEqual([[1, 'a', 'A?'], [3, '7', 'B?'], [4, 'c', 'C?'], [5, 'd', 'D?']])
  })

  it('names every bad line and reads the others', async () => {
    const lines = await read('q.jsonl', ['{"question":"A?","id":"a"}', 'oops', '[]', '{"question":""}', '{"question":5}', '{"answer":"x"}', '{"id":"a","question":"B?"}', '{"id":[],"question":"C?"}', '{"id":"z","question":"Z?"}'].join('\n'))

    expect(problems(lines)).toEqual([
      [2, 'expected one JSON object on the line'],
      [3, 'expected an object such as {"question": "…"}'],
      [4, 'the question is empty'],
      [5, 'expected question to be a text'],
      [6, 'expected a field "question", got "answer"'],
      [7, 'the id "a" is in line 1 already'],
      [8, 'expected id to be a text'],
    ])
    expect(asked(lines)).toEqual([[1, 'a', 'A?'], [9, 'z', 'Z?']])
  })

  it('reads a text with a question a line, in UTF-8 and UTF-16', async () => {
    expect(asked(await read('q.txt', 'A?\n\n  B?  \n')).map(([line, , text]) => [line, text])).toEqual([[1, 'A?'], [3, 'B?']])
    expect(asked(await read('q', Buffer.from('\uFEFFÄ?\nB?', 'utf16le'))).map(([, , text]) => text)).toEqual(['Ä?', 'B?'])
    expect(problems(await read('q.txt', Buffer.from([0x41, 0xff, 0x0a, 0x42])))).toEqual([[1, 'the line is not UTF-8']])
  })

  it('gives a question without an id one that stays when lines move, and each copy its own', async () => {
    const [first, second] = [asked(await read('q.txt', 'A?\nB?\nA?\n')), asked(await read('q.txt', 'new\nB?\nA?\nA?\n'))]
    const idsOf = (lines: typeof first, text: string) => lines.filter(([, , question]) => question === text).map(([, id]) => id)

    expect(idsOf(first, 'A?')).toEqual(idsOf(second, 'A?'))
    expect(idsOf(first, 'B?')).toEqual(idsOf(second, 'B?'))
    expect(new Set(first.map(([, id]) => id)).size).toBe(3)
  })

  it('reads a column of a table, with line ends inside quotes', async () => {
    const csv = 'id,who,question\r\n1,x,"A, or\nB?"\r\n2,y,C?\r\n3,z,\r\n'
    expect(asked(await read('q.csv', csv))).toEqual([[2, '1', 'A, or\nB?'], [4, '2', 'C?']])
    expect(problems(await read('q.csv', csv))).toEqual([[5, 'the column question is empty']])
    expect(asked(await read('q.tsv', 'frage\tid\nA?\t9\n', { column: 'frage' }))).toEqual([[2, '9', 'A?']])
    expect(asked(await read('q.csv', '\uFEFFquestion,nr\nA?,9\n', { idColumn: 'nr' }))).toEqual([[2, '9', 'A?']])
  })

  it('says which columns a table has instead', async () => {
    await expect(read('q.csv', 'a,b\n1,2\n')).rejects.toThrow(/has no column question \(column\); it has a, b$/)
    await expect(read('q.csv', 'question,b\n1,2\n', { idColumn: 'nr' })).rejects.toThrow(/has no column nr \(idColumn\)/)
  })

  it('reports a quote that is never closed', async () => {
    const lines = await read('q.csv', 'question\nA?\n"B\nC?\n')
    expect(problems(lines)).toEqual([[3, 'the table cannot be read on: a quote is never closed']])
    expect(asked(lines).map(([, , text]) => text)).toEqual(['A?'])
  })

  it('tells the format by the content when the name does not', async () => {
    expect(asked(await read('questions', '\n {"id":"a","question":"A?"}\n'))).toEqual([[2, 'a', 'A?']])
    expect(asked(await read('questions', 'What is {}?\n')).map(([, , text]) => text)).toEqual(['What is {}?'])
    expect(asked(await read('q.txt', '{"id":"a","question":"A?"}\n', { format: 'jsonl' }))).toEqual([[1, 'a', 'A?']])
  })

  describe('with lines of OpenAI batch files', () => {
    const body = { model: 'gpt-4.1-mini', messages: [{ role: 'developer', content: 'Be brief.' }, { role: 'user', content: [{ type: 'text', text: 'A' }, { type: 'text', text: '?' }] }], max_tokens: 50, temperature: 0, top_p: 1 }
    const line = (value: object) => `${JSON.stringify(value)}\n`

    it('reads the request, with and without method and url', async () => {
      const lines = await read('q.jsonl', line({ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body }) + line({ custom_id: 'b', body }))
      const request = {
        messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'A?' }], model: 'gpt-4.1-mini', temperature: 0, maxOutputTokens: 50, parameters: { top_p: 1 },
      }
      expect(lines).toEqual([
        { question: { id: 'a', line: 1, question: 'A?', request } },
        { question: { id: 'b', line: 2, question: 'A?', request } },
      ])
    })

    it.each([
      [{ body }, 'expected a custom_id'],
      [{ custom_id: 'a', method: 'GET', body }, 'expected method POST, got "GET"'],
      [{ custom_id: 'a', url: '/v1/embeddings', body }, 'expected url /v1/chat/completions, got "/v1/embeddings"'],
      [{ custom_id: 'a' }, 'expected body to be an object'],
      [{ custom_id: 'a', body: {} }, 'expected body.messages to be a list of messages'],
      [{ custom_id: 'a', body: { messages: [{ role: 'tool', content: 'x' }] } }, 'expected the role of a message to be system, user or assistant, got "tool"'],
      [{ custom_id: 'a', body: { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] } }, 'expected the content of a message to be text'],
      [{ custom_id: 'a', body: { ...body, n: 2 } }, 'expected n to be 1: one answer a line'],
    ])('says what is wrong with %j', async (value, problem) => {
      expect(problems(await read('q.jsonl', line(value)))).toEqual([[1, problem]])
    })
  })

  it('fails for a file that is not there, and for a folder', async () => {
    for (const path of [join(temporaryFolder(), 'none.jsonl'), temporaryFolder()]) {
      const first = readQuestions(path)[Symbol.asyncIterator]().next()
      await expect(first).rejects.toBeInstanceOf(InputError)
    }
  })
})
