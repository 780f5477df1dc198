import { describe, expect, it } from 'vitest'
import { ask, passage } from './ask.ts'

const question = 'What are the main topics discussed in the documents?'
const outline = async (passages: Parameters<typeof ask>[1], documents?: number) =>
  ask(question, passages, { kind: 'overview', ...(documents === undefined ? {} : { searched: { documents, passages: documents } }) })
const entries = (text: string) => text.split('\n').filter((line) => line.startsWith('- '))

const asynchronous =
  'Asynchronous programming lets a program start a task and go on while it waits for the result. An event loop runs callbacks, so that one thread serves many connections.'
const models =
  'Language models have changed data analysis. An analyst asks in plain words, and the model writes the query and explains the result.'

describe('an overview by extractive', () => {
  it('names the topics of a short text without headings, one a paragraph, each with a sentence', async () => {
    const { text, citations, finish } = await outline([passage(`${asynchronous}\n\n${models}`)])
    const [first, second] = entries(text)
    expect(entries(text)).toHaveLength(2)
    expect(first).toMatch(/^- \*\*[^*]*asynchronous programming[^*]*\*\* — notes\.txt: “.+” \[1\]$/)
    expect(second).toMatch(/^- \*\*[^*]*language models[^*]*\*\*.*data analysis.* \[1\]$/i)
    expect(text.startsWith('Quotations from your files (offline: keyword search, no language model):\n')).toBe(true)
    expect(citations).toHaveLength(2)
    expect(finish).toBe('stop')
  })

  it.each([
    ['lines instead of paragraphs', `${asynchronous}\n${models}`],
    ['a single paragraph', `${asynchronous} ${models}`],
    ['one sentence', 'These notes speak of asynchronous programming in Python and of language models in data analysis.'],
  ])('names both topics of a text of %s', async (_, content) => {
    const { text } = await outline([passage(content)])
    expect(text.toLowerCase()).toContain('asynchronous programming')
    expect(text.toLowerCase()).toContain('language models')
    expect(text.toLowerCase()).toContain('data analysis')
  })

  it('takes the headings where there are some', async () => {
    const text = '# Garden\n\nNotes of one year in the garden.\n\n## Tomatoes\n\nTomatoes want sun and steady water.\n\n## Compost\n\nTurn the compost heap every two weeks.'
    const answer = await outline([passage(text, { title: 'Garden', headings: ['Garden'], documentId: 'garden.md' })])
    expect(entries(answer.text).map((line) => /\*\*([^,*]+)/.exec(line)?.[1])).toEqual(['garden', 'Tomatoes', 'Compost'])
    expect(answer.text).toContain('“Turn the compost heap every two weeks.” [1]')
  })

  it('stays short over many documents, and says how many it shows', async () => {
    const subjects = ['bees', 'tea', 'glass', 'snow', 'iron', 'salt', 'wool', 'bread', 'maps', 'clocks', 'rivers', 'music']
    const passages = Array.from({ length: 24 }, (_, index) =>
      passage(`The history of ${subjects[index % 12]} ${index} begins early. Makers of ${subjects[index % 12]} ${'travelled far and wide '.repeat(index + 1)}.`, {
        documentId: `d${String(index).padStart(2, '0')}.txt`,
        id: `d${index}#0`,
      }),
    )
    const { text, citations } = await outline(passages, 400)
    expect(entries(text).length).toBeLessThanOrEqual(12)
    expect(entries(text).length).toBeGreaterThan(5)
    expect(text).toMatch(/Topics of a sample of \d+ of 400 documents/)
    expect(Math.max(...citations.map(({ marker }) => marker))).toBeGreaterThan(12)
  })

  it('names copies of a document once', async () => {
    const { text } = await outline([passage(asynchronous, { documentId: 'a', id: 'a#0' }), passage(asynchronous, { documentId: 'b', id: 'b#0' })])
    expect(new Set(entries(text).map((line) => / — (\w+)/.exec(line)?.[1]))).toEqual(new Set(['a']))
  })

  it('says that it found nothing when there is nothing to quote', async () => {
    const { text } = await outline([passage('  \n\n---\n')], 1)
    expect(text).toBe('Found nothing about this in 1 documents (keyword search; rephrase, or use a model)\n')
  })
})
